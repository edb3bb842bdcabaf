"""A study whose files lie in storage: jobs read what rules declare and nothing else, and make the very same files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from spacenum.core.jobs import job_path
from tests.workflow.conftest import MADE, Place

pytest.importorskip("snakemake_storage_plugin_fs", reason="snakemake-storage-plugin-fs is not installed")
needs_rsync = pytest.mark.skipif(not shutil.which("rsync"), reason="rsync not found: apt-get install rsync")


@dataclass(frozen=True)
class PlannedJob:
    """A job as a dry run prints it."""

    rule: str
    inputs: list[str]
    outputs: list[str]
    command: str


def planned(place: Place, *targets: str) -> list[PlannedJob]:
    """All jobs of the targets, made or not, with what they would be brought from storage."""
    options = [*storage("fs", "elsewhere"), "--dry-run", "--forceall", "--printshellcmds", "--quiet", "host"]
    run = place.snakemake(*options, "--", *targets)
    assert run.status == 0, run.terminal
    told = re.sub(r"(\.snakemake/storage/fs/)?elsewhere/| \([a-z ]+ storage\)", "", run.terminal)
    found = []
    for text in re.split(r"^(?:local)?rule ", told, flags=re.MULTILINE)[1:]:
        files = {what: re.search(rf"^    {what}: (.+)$", text, re.MULTILINE) for what in ("input", "output")}
        listed = {what: match[1].split(", ") if match else [] for what, match in files.items()}
        command = re.search(r"Shell command: (.*python -m scripts\..+)$", text, re.MULTILINE)
        if command:
            found.append(PlannedJob(text.partition(":")[0], listed["input"], listed["output"], command[1]))
    return found


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything that a study makes, by path, without Snakemake's own marks."""
    found = [path for name in MADE for path in (folder / name).rglob("*") if path.is_file()]
    marks = {".snakemake_timestamp", "run.json"}
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(found) if path.name not in marks}


def within(files: Mapping[str, bytes], declared: list[str]) -> dict[str, bytes]:
    """Those of the files that are declared, or lie in folders that are."""
    return {name: data for name, data in files.items() if any(name == d or name.startswith(f"{d}/") for d in declared)}


def test_every_rule_reads_and_writes_what_it_declares(finished: Place, tmp_path: Path):
    """One job of each rule, in a folder with its inputs alone, makes the same outputs and no others."""
    study, whole = finished.study, files_of(finished.study)
    environment = {**finished.environment(), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    jobs = {job.rule: job for job in reversed(planned(finished, "all"))}
    assert {"frames", "checks", "answers", "coverage", "teaser", "gallery"} <= jobs.keys()
    for rule, job in jobs.items():
        folder = tmp_path / rule
        for path in [*job.inputs, str(job_path(job.outputs[0]))]:
            copy(study / path, folder / path)
        for path in [*job.outputs, *re.findall(r"tee (\S+)", job.command)]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        run = subprocess.run(
            ["bash", "-o", "pipefail", "-c", job.command],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, f"{rule}: {run.stdout}{run.stderr}"
        expected = within(whole, [*job.inputs, *job.outputs])
        assert files_of(folder).keys() == expected.keys(), rule
        assert files_of(folder) == expected, rule


def storage(kind: str, prefix: str) -> list[str]:
    return ["--default-storage-provider", kind, "--default-storage-prefix", prefix]


@needs_rsync
def test_a_machine_that_shares_nothing_makes_its_job(finished: Place, tmp_path: Path):
    """As executors start Snakemake there: for one job, without hooks, with storage and an empty folder."""
    store, node = tmp_path / "store", Place(finished.project, tmp_path / "node")
    copy(finished.study / "data", store / "data")
    output = "data/items/benchmark/base/layout.checks.json"
    made = [store / output, store / f"{output}.meta.json"]
    for path in made:
        path.unlink()
    run = node.snakemake(
        *storage("fs", str(store)), "--shared-fs-usage", "none", "--mode", "remote", "--force", "--no-hooks",
        "--nolock", "--ignore-incomplete", "--allowed-rules", "checks", "--target-jobs",
        "checks:split=benchmark,variant=base,setting=layout",
    )  # fmt: skip
    assert run.status == 0, run.terminal
    for path in made:
        assert path.read_bytes() == (finished.study / path.relative_to(store)).read_bytes()


@pytest.fixture
def s3() -> Iterator[str]:
    """The address of an S3 on this machine."""
    server = pytest.importorskip("moto.server", reason="moto is not installed").ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.slow
@needs_rsync
def test_a_study_in_a_storage_folder(finished: Place, tmp_path: Path):
    place = Place(finished.project, tmp_path / "study")
    options = storage("fs", str(tmp_path / "store"))
    run = place.snakemake(*options, "all")
    assert run.status == 0, run.terminal
    assert files_of(tmp_path / "store") == files_of(finished.study)
    assert "Nothing to be done" in place.snakemake(*options, "--verbose", "all").terminal


@pytest.mark.slow
def test_a_study_in_s3(finished: Place, tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch):
    boto3 = pytest.importorskip("boto3")
    for name, value in {"ENDPOINT_URL": s3, "ACCESS_KEY": "key", "SECRET_KEY": "secret"}.items():
        monkeypatch.setenv(f"SNAKEMAKE_STORAGE_S3_{name}", value)
    place = Place(finished.project, tmp_path / "study")
    options = storage("s3", "s3://bucket/study")
    run = place.snakemake(*options, "all")
    assert run.status == 0, run.terminal
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.resource("s3", endpoint_url=s3, region_name="us-east-1", **keys)
    for entry in client.Bucket("bucket").objects.filter(Prefix="study/"):
        path = tmp_path / "store" / os.path.relpath(entry.key, "study")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.get()["Body"].read())
    assert files_of(tmp_path / "store") == files_of(finished.study)
    assert "Nothing to be done" in place.snakemake(*options, "--verbose", "all").terminal
