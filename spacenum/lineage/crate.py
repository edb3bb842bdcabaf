"""A run's description as a Workflow Run RO-Crate (https://w3id.org/ro/wfrun/workflow/0.5): workflow, config, output."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, meta_path, sha256_of, write_text
from spacenum.lineage.behind import Jobs, Narrowed
from spacenum.lineage.told import LineageQuery, lineage

PROFILES = (
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
)
FORMATS = {
    ".csv": "text/csv", ".json": "application/json", ".jsonl": "application/jsonl", ".yaml": "application/yaml",
    ".png": "image/png", ".pdf": "application/pdf", ".html": "text/html", ".zip": "application/zip",
}  # fmt: skip
LICENCE = "https://spdx.org/licenses/MIT"


def write_crate(output: str, configfiles: Sequence[Path], folder: Path) -> None:
    """Write a folder that describes how an output of the study in the current folder was made.

    It holds the workflow, the config files, the output, the meta files of all jobs behind it and their lineage as
    text. SpaceNumError if the folder exists, no job made the output, or there is a config file or output no more.
    """
    if folder.exists():
        raise SpaceNumError(f"--crate {folder}: exists already; name a folder that doesn't")
    behind = Jobs(Path()).behind(output, Narrowed())
    for file in (Path(output), *configfiles):
        if not file.is_file():
            raise SpaceNumError(f"{file}: no such file, so the run can't be described")
    made = datetime.fromtimestamp(Path(output).stat().st_mtime, UTC).replace(microsecond=0)
    crate = ROCrate(version="1.1")  # which the run profiles rest on
    crate.name = f"SpaceNum: {output}"
    crate.description = f"How {output} was made: workflow, config, output, and what each job behind it recorded."
    crate.license = LICENCE
    crate.datePublished = made
    workflow = crate.add_workflow(PROJECT / "Snakefile", "workflow/Snakefile", main=True, lang="snakemake")
    for path in sorted((PROJECT / "rules").glob("*.smk")):
        _file(crate, path, f"workflow/rules/{path.name}")
    configs = [PROJECT / "config" / "config.yaml", *configfiles]
    inputs = [_file(crate, path, f"config/{number}-{path.name}") for number, path in enumerate(configs)]
    result = _file(crate, Path(output), output)
    for job in behind:
        _file(crate, meta_path(job.path), f"meta/{meta_path(job.path)}")
    workflow["input"] = [_parameter(crate, "config", "config files, the later laid over the earlier")]
    workflow["output"] = [_parameter(crate, "output", "the file that was asked for")]
    for entity in inputs:
        entity["exampleOfWork"] = workflow["input"]
    result["exampleOfWork"] = workflow["output"]
    packages = sorted({f"{name} {version}" for job in behind for name, version in job.meta.versions.items()})
    action = crate.add_action(
        workflow,
        identifier="#run",
        object=inputs,
        result=[result],
        properties={
            "name": f"snakemake {output}",
            "endTime": made.isoformat(),
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "description": f"{len(behind)} jobs; packages: {', '.join(packages)}",
        },
    )
    crate.root_dataset["mentions"] = [action]
    crate.root_dataset["conformsTo"] = [_profile(crate, identifier) for identifier in PROFILES]
    with tempfile.TemporaryDirectory() as scratch:
        text = Path(scratch) / "lineage.txt"
        write_text(text, "".join(f"{line}\n" for line in lineage(LineageQuery(path=output))))
        _file(crate, text, "lineage.txt")
        crate.write(folder)


def _file(crate: ROCrate, path: Path, name: str) -> Any:
    kind = FORMATS.get(path.suffix, "text/plain")
    return crate.add_file(path, name, properties={"name": name, "encodingFormat": kind, "sha256": sha256_of(path)})


def _parameter(crate: ROCrate, name: str, description: str) -> Any:
    properties = {"@type": "FormalParameter", "additionalType": "File", "name": name, "description": description}
    properties["conformsTo"] = {"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"}  # type: ignore[assignment]
    return crate.add(ContextEntity(crate, f"#{name}", properties=properties))


def _profile(crate: ROCrate, identifier: str) -> Any:
    name, _, version = identifier.rpartition("/")
    properties = {"@type": "CreativeWork", "name": name.rpartition("/")[2], "version": version}
    return crate.add(ContextEntity(crate, identifier, properties=properties))
