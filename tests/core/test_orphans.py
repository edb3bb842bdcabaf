"""A job whose run is over ends, and takes no place that another run wants."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import JobFile, job_path
from spacenum.core.orphans import RUN, only_while_wanted
from spacenum.core.provenance import PROJECT, publishing, sha256_of, write_text

OUT = "results/out.csv"


@pytest.fixture
def job(tmp_path, monkeypatch) -> JobFile:
    """A job with one input, in a folder where its output is there from before."""
    monkeypatch.chdir(tmp_path)
    write_text(Path("in.csv"), "input")
    write_text(Path(OUT), "before")
    job = JobFile(
        rule="r", params={"n": 1}, code="c", sources=[], names={}, inputs={"all": ["in.csv"]}, outputs={"out": [OUT]},
        makers={"in.csv": "in.csv"},
    )  # fmt: skip
    plan(job)
    return job


def plan(job: JobFile) -> None:
    write_text(job_path(OUT), job.model_dump_json())


def publish(job: JobFile, meanwhile) -> str:
    """What the output holds after a job has written it, during which something happened."""
    with publishing(only_while_wanted(job, OUT, {"in.csv": sha256_of(Path("in.csv"))})):
        write_text(Path("elsewhere.txt"), "not an output")
        meanwhile()
        try:
            write_text(Path(OUT), "after")
        except SpaceNumError as error:
            assert OUT in str(error) and "planned it anew" in str(error)
    assert sorted(path.name for path in Path("results").iterdir()) == ["out.csv"]
    return Path(OUT).read_text()


def test_an_orphan_s_work_counts_while_the_plan_is_the_same(job):
    assert publish(job, lambda: None) == "after"
    assert publish(job, lambda: plan(job.model_copy(update={"makers": {}}))) == "after"
    assert publish(job, lambda: os.utime("in.csv")) == "after"
    assert publish(job, lambda: job_path(OUT).unlink()) == "after"


@pytest.mark.parametrize("changed", [{"params": {"n": 2}}, {"code": "d"}, {"inputs": {"all": ["other.csv"]}}])
def test_an_orphan_writes_nothing_that_was_planned_anew(job, changed):
    assert publish(job, lambda: plan(job.model_copy(update=changed))) == "before"


def test_an_orphan_of_other_inputs_writes_nothing(job):
    assert publish(job, lambda: write_text(Path("in.csv"), "other input")) == "before"
    assert publish(job, lambda: Path("in.csv").unlink()) == "before"


CHILD = (
    "import time; from spacenum.core import orphans as o; o.end_with_the_run(); print(1, flush=True); time.sleep(60)"
)
PARENT = f"""
import os, subprocess, sys, time
os.environ[{RUN!r}] = str(os.getpid())
child = subprocess.Popen(["/bin/sh", "-c", "exec " + sys.executable + " -c '{CHILD}'"], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("signalled", [signal.SIGKILL, signal.SIGTERM])
def test_a_job_ends_with_its_run_however_that_ends(signalled):
    run = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert run.stdout
    pid = int(run.stdout.readline())
    run.send_signal(signalled)
    run.wait()
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        if " Z " in Path(f"/proc/{pid}/stat").read_text():  # ended, and waits for whoever adopted it
            break
        time.sleep(0.05)
    assert time.monotonic() < until
