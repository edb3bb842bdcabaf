"""A tiny study on a real Slurm: the same bytes as here, whatever befalls its jobs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster import slurm
from tests.workflow.conftest import Place

pytestmark = pytest.mark.usefixtures("cluster")
TARGET = "results/main_table.csv"
FAULTS = """
rule all:
    input: "a.txt", "b.txt", "late.txt", "hungry.txt"

rule job:
    output: "{name,a|b}.txt"
    threads: 2
    resources: gpu=2
    shell: "sleep 2; echo $SLURM_NNODES $SLURMD_NODENAME $SLURM_CPUS_ON_NODE $CUDA_VISIBLE_DEVICES > {output}"

rule late:
    output: "late.txt"
    log: "late.log"
    resources:
        runtime=1,
        slurm_extra="--nodelist=n2",
        attempt=lambda wc, attempt: attempt,
    shell: "test {resources.attempt} = 2 || sleep 300; echo done > {output}"

rule hungry:
    output: "hungry.txt"
    log: "hungry.log"
    resources:
        slurm_extra="--nodelist=n2",
        mem_mb=lambda wc, attempt: attempt * 1000,
    shell: "python -c 'import time; held = bytes(1) * (1200 << 20); time.sleep(4)'; echo done > {output}"
"""


class Run:
    """Snakemake on Slurm, under way, and what it says."""

    def __init__(self, place: Place, folder: Path, log: Path, *arguments: str) -> None:
        profile = place.project / "profiles" / "slurm"
        command = [sys.executable, "-m", "tests.cluster.often", "--workflow-profile", str(profile), *arguments]
        self.folder, self._log = folder, log
        with log.open("ab") as terminal:
            self.process = subprocess.Popen(
                command, cwd=folder, env=place.environment(), stdin=subprocess.DEVNULL, stdout=terminal,
                stderr=terminal, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, seconds: float = 600) -> str:
        """Wait until it ends well; what it said."""
        assert self.process.wait(seconds) == 0, self.said
        return self.said

    def failed(self, rule: str) -> list[str]:
        """What it said of each failed job of a rule."""
        return re.findall(rf"^Error in rule {rule}:\n((?: {{4}}.*\n)+)", self.said, re.MULTILINE)


@contextmanager
def started(place: Place, folder: Path, log: Path, *arguments: str) -> Iterator[Run]:
    run = Run(place, folder, log, *arguments)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.kill()


@pytest.fixture(scope="module", autouse=True)
def faults(cluster: None, fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A workflow of its own beside the study: Slurm lets a job that is over its time run for a minute or more."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "Snakefile").write_text(FAULTS)
    with started(fresh, folder, folder / "terminal.log") as run:
        yield run


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


def wait_for(done: Callable[[], bool], otherwise: str, seconds: float = 300) -> None:
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


def small(fresh: Place, where: Path) -> Place:
    """Half of the tiny study: layouts on desks in one dimension, two jobs of each rule that has shards."""
    place = fresh.copy(where)
    place.append("config/models/ideal_observer.yaml", "settings: [layout]\n")
    config = place.config()
    config["models"] = ["ideal_observer"]
    config["scenes"]["layout"]["benchmark"] = {"desk": 2, "room": 0}
    sizes = {"desk": 0, "room": 0}
    config["items"]["benchmark"] |= {"layout_1d": sizes | {"desk": 4}, "layout_2d": sizes, "layout_3d": sizes}
    place.configure(**config)
    return place


def test_the_same_bytes_although_a_job_is_cancelled_and_snakemake_killed(fresh: Place, tmp_path: Path) -> None:
    place, here = small(fresh, tmp_path / "there"), small(fresh, tmp_path / "here")
    own = ["--configfile", "config/test.yaml", "--directory", str(place.study)]
    log = tmp_path / "terminal.log"
    with started(place, place.project, log, *own, "--", TARGET) as first:
        orphan = running("frames")
        first.kill()
    assert slurm.state(orphan) == "RUNNING"
    place.run_anew([sys.executable, "-m", "snakemake", *own, "--unlock"])
    orphans = {number for number, comment in slurm.jobs("JobID", "Comment") if "rule_frames" in comment}
    with started(place, place.project, log, *own, "--", TARGET) as second:
        cancelled = running("frames", but=orphans)
        subprocess.run(["scancel", cancelled], check=True)
        said = second.end()
    (block,) = [block for block in second.failed("frames") if f"external_jobid: {cancelled}\n" in block]
    assert "    log: logs/frames/" in block and "CANCELLED" in block, block
    assert "Trying to restart" in said
    run = here.run_anew(here.command("--", TARGET))
    assert run.status == 0, run.terminal
    assert slurm.state(orphan) == "COMPLETED"
    assert made(place) == made(here)
    assert not place.half_written()


def test_two_jobs_of_two_gpus_share_a_node_and_those_over_time_or_memory_are_tried_again(faults: Run) -> None:
    said = faults.end()
    told = [(faults.folder / f"{name}.txt").read_text().split() for name in "ab"]
    assert all(one[:3] == ["1", "n1", "2"] for one in told), told
    assert sorted(gpu for one in told for gpu in one[3].split(",")) == ["0", "1", "2", "3"], told
    for rule, why in (("late", "DUE TO TIME LIMIT"), ("hungry", "exceeded memory limit")):
        (block,) = faults.failed(rule)
        own, of_slurm = re.findall(r"log: (.+), (.+) \(", block)[0]
        assert own == f"{rule}.log" and f"external_jobid: {Path(of_slurm).stem}\n" in block, block
        assert why in Path(of_slurm).read_text(), block
    assert said.count("Trying to restart") == 2
