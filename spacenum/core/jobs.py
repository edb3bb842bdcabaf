"""A job: what determines an output, and the file by which Snakemake hands it to a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, code_hash, digest, first_problem, write_text

SCRIPTS = PROJECT / "scripts"
FOLDER = Path(".spacenum/jobs")
"""Where job files lie, in the study's folder. They may be deleted whenever no job runs."""
STUDY_FOLDER = "SPACENUM_STUDY_FOLDER"
"""The environment's name for the study's folder, as seen from where scripts start. With storage it has copies of what a
job reads and makes."""

META, CARRIED = "meta", "carried"
"""Names that rules give to files of which scripts aren't told: the output that is the meta file, which the stage writes
by itself, and inputs that lie where other inputs say. Snakemake must know all of them to bring them to other machines.
"""

Named = Sequence[tuple[str, str]]
"""(name, file) pairs: files of which a script must know whose they are."""


@dataclass(frozen=True)
class Job:
    """What determines an output beside its inputs: parameters, the hash of the code, and the names of named inputs.

    named: the groups of named inputs.
    """

    params: Block
    code: CodeHash
    named: Mapping[str, Named] = field(default_factory=dict)

    def naming(self, **groups: Named) -> Job:
        """The same job, whose input groups have these names and files."""
        return Job(self.params, self.code, groups)

    @property
    def names(self) -> dict[str, list[str]]:
        """The names in each group."""
        return {group: [name for name, _ in pairs] for group, pairs in self.named.items()}

    @property
    def fingerprint(self) -> str:
        """A short hash that changes with whatever must make the job run again; Snakemake compares it."""
        return digest({"params": self.params.model_dump(mode="json"), "code": self.code, "names": self.names})


class JobFile(Block):
    """``.spacenum/jobs/<first output>.json``: all that a script is told. A file has no limit of
    length, as a command line has.

    sources: the files that the code hash starts from. inputs, outputs: paths relative to the study's folder, by the
    names that the rule gives them. makers: of inputs that other jobs make, the first outputs of these jobs, by path.
    """

    rule: str
    params: dict[str, Any]
    code: str
    sources: list[str]
    names: dict[str, list[str]]
    inputs: dict[str, list[str]]
    outputs: dict[str, list[str]]
    makers: dict[str, str] = Field(default_factory=dict)


def job_path(output: str | Path) -> Path:
    """Where the job file of the job with this first output lies."""
    return FOLDER / f"{output}.json"


def write_job(
    job: Job,
    rule: str,
    inputs: Mapping[str, Sequence[str]],
    outputs: Mapping[str, Sequence[str]],
    makers: Mapping[str, str] | None = None,
    study: Path = Path(),
) -> Path:
    """Write the job file of a rule's job; returns its path. The first of ``outputs`` names it. study: its folder."""
    file = JobFile(
        rule=rule,
        params=job.params.model_dump(mode="json"),
        code=job.code,
        sources=list(job.code.sources),
        names=job.names,
        inputs={name: list(paths) for name, paths in inputs.items() if name != CARRIED},
        outputs={name: list(paths) for name, paths in outputs.items() if name != META},
        makers=dict(makers or {}),
    )
    path = study / job_path(next(iter(outputs.values()))[0])
    write_text(path, file.model_dump_json(indent=1) + "\n")
    return path


def read_job(output: str | Path) -> JobFile:
    """The job file of the job with this first output; SpaceNumError if there is none, or it can't be read."""
    path = job_path(output)
    try:
        return JobFile.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpaceNumError(
            f"there is no {path}, in which snakemake says how {output} is made; "
            "run this job through snakemake, without --no-hooks"
        ) from None
    except ValidationError as error:
        raise SpaceNumError(f"{path}: {first_problem(error)}; run snakemake again, which writes it anew") from None


class CodeHash(str):
    """The hash of a job's code. sources: the files that it starts from, relative to the project;
    it covers what these import."""

    sources: tuple[str, ...]


@cache
def code_of(script: str, *extra: Path) -> CodeHash:
    """Hash of a script of ``scripts`` and of what it imports; ``extra``: files that it loads by name."""
    found = CodeHash(code_hash(SCRIPTS / script, extra))
    found.sources = tuple(str(path.relative_to(PROJECT)) for path in (SCRIPTS / script, *extra))
    return found


def check_code(job: JobFile) -> None:
    """SpaceNumError if the code isn't that of the plan any more: the meta file would name another than ran."""
    sources = [PROJECT / source for source in job.sources]
    if sources and (any(not path.is_file() for path in sources) or code_hash(sources[0], sources[1:]) != job.code):
        raise SpaceNumError(
            f"the code that rule {job.rule} runs has been edited since this run of snakemake started; run it again"
        )
