"""The tiny study on a real Slurm: the same bytes as here, whatever befalls its jobs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster import slurm
from tests.workflow.conftest import Place

pytestmark = pytest.mark.usefixtures("cluster")
TARGET = "results/main_table.csv"
PROFILE = ("--workflow-profile", "profiles/slurm")
OFTEN = ("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "3")
NEEDS_RETRY = ("--set-resources", "checks:mem_mb=300*attempt*attempt*attempt")
"""Less memory than a job takes, but at its second attempt enough."""


@pytest.fixture(scope="module")
def here(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A small study that this machine made without Slurm."""
    place = fresh.copy(tmp_path_factory.mktemp("here"))
    place.configure(models=["chance", "ideal_observer"])
    run = place.run_anew(place.command("--", TARGET))
    assert run.status == 0, run.terminal
    return place


def submitted(place: Place, *more: str) -> list[str]:
    """The command that makes the study by Slurm."""
    own = ["--configfile", "config/test.yaml", "--directory", str(place.study)]
    return [sys.executable, "-m", "snakemake", *PROFILE, *OFTEN, *own, *more, "--", TARGET]


def start(place: Place, log: Path, *more: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as terminal:
        return subprocess.Popen(
            submitted(place, *more), cwd=place.project, env=place.environment(), stdin=subprocess.DEVNULL,
            stdout=terminal, stderr=terminal, start_new_session=True,
        )  # fmt: skip


def running(rule: str, but: set[str] = frozenset()) -> str:
    """The Slurm id of a running job of a rule."""
    found: list[str] = []

    def there() -> bool:
        found[:] = [
            number
            for number, state, comment in slurm.jobs("JobID", "State", "Comment")
            if state == "RUNNING" and f"rule_{rule}" in comment and number not in but
        ]
        return bool(found)

    wait_for(there, f"no job of {rule} is running")
    return found[0]


def wait_for(done: Callable[[], bool], otherwise: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, otherwise
        time.sleep(0.2)


def made(place: Place) -> dict[str, bytes]:
    """All that a study holds but what tells of a run: when, where, and which files were written when."""
    return {
        name: content
        for name, content in place.made().items()
        if not name.endswith(".meta.json") and name != "results/run.json"
    }


def test_the_same_bytes_although_jobs_are_cancelled_and_killed_and_snakemake_too(
    here: Place, fresh: Place, tmp_path: Path
) -> None:
    place, log = fresh.copy(tmp_path), tmp_path / "terminal.log"
    place.configure(models=["chance", "ideal_observer"])
    first = start(place, log)
    running("frames")
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    place.run_anew([sys.executable, "-m", "snakemake", "--configfile", "config/test.yaml", "--directory",
                    str(place.study), "--unlock"])  # fmt: skip
    orphans = {number for (number,) in slurm.jobs("JobID")}
    second = start(place, log, *NEEDS_RETRY)
    cancelled = running("frames", but=orphans)
    subprocess.run(["scancel", cancelled], check=True)
    assert second.wait(400) == 0, log.read_text()
    said = log.read_text()
    assert re.search(rf"external_jobid: {cancelled}\b", said), f"the log doesn't name job {cancelled}: {said}"
    failed = re.findall(r"^Error in rule (\w+):$", said, re.MULTILINE)
    assert {"frames", "checks"} <= set(failed), said
    blocks = re.findall(r"^Error in rule frames:\n((?: {4}.*\n)+)", said, re.MULTILINE)
    assert blocks and all("    log: logs/frames/" in block for block in blocks), blocks
    assert made(place) == made(here)
    assert not place.half_written()


def test_jobs_of_two_gpus_stay_on_one_node_and_one_over_its_time_is_tried_again(fresh: Place, tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(
        """
rule all:
    input: "a.json", "b.json", "late.txt"

rule job:
    output: "{name}.json"
    threads: 2
    resources: gpu=2
    shell:
        "sleep 2; echo '{{\\"nodes\\": '$SLURM_NNODES', \\"gpus\\": \\"'$CUDA_VISIBLE_DEVICES'\\","
        " \\"cpus\\": '$SLURM_CPUS_ON_NODE'}}' > {output}"

rule late:
    output: "late.txt"
    log: "late.log"
    resources:
        runtime=1,
        attempt=lambda wc, attempt: attempt,
    shell: "test {resources.attempt} = 2 || sleep 300; echo done > {output}"
"""
    )
    profile = fresh.project / "profiles" / "slurm"
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", str(profile), *OFTEN]
    run = fresh.run_anew(command, tmp_path)
    assert run.status == 0, run.terminal
    told = [json.loads((tmp_path / f"{name}.json").read_text()) for name in "ab"]
    assert all((one["nodes"], one["cpus"], len(one["gpus"].split(","))) == (1, 2, 2) for one in told), told
    (block,) = re.findall(r"^Error in rule late:\n((?: {4}.*\n)+)", run.terminal, re.MULTILINE)
    assert "TIMEOUT" in block and "external_jobid" in block and "late.log" in block, block
    assert "Trying to restart" in run.terminal
