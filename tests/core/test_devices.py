"""Jobs side by side get GPUs of their own: real processes, an ``nvidia-smi`` of the tests' own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spacenum.core.devices import Device, held, parse, visible
from spacenum.core.provenance import PROJECT

LISTING = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a1)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-b1)
  MIG 3g.20gb     Device  0: (UUID: MIG-c1)
  MIG 3g.20gb     Device  1: (UUID: MIG-c2)
GPU 2: NVIDIA H100 80GB HBM3 (UUID: GPU-a2)
"""
MACHINE = [Device("0", "GPU-a1"), Device("MIG-c1", "MIG-c1"), Device("MIG-c2", "MIG-c2"), Device("2", "GPU-a2")]
SAY = "echo $CUDA_VISIBLE_DEVICES $CUDA_DEVICE_ORDER; exec cat"
JOB = f"""\
import os
os.execvp("sh", ["sh", "-c", {SAY!r}])
"""
SERVER = """\
import os, subprocess
from spacenum.core.devices import held
print(subprocess.Popen(["sleep", "60"], pass_fds=held(os.environ)).pid, flush=True)
os.execvp("sh", ["sh", "-c", os.environ["SAY"]])
"""
"""A job with a child that outlives it, as the guard of a model's server does."""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts jobs on a machine with two GPUs, and ends what is left of them."""
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\necho 'GPU 0: X (UUID: GPU-a1)'\necho 'GPU 1: X (UUID: GPU-a2)'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SPACENUM_GPU_LOCK_FOLDER", str(tmp_path / "locks"))
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    started: list[subprocess.Popen] = []

    def run(count: int, program: str = JOB, **environment: str) -> subprocess.Popen:
        module = f"job{len(started)}"
        (tmp_path / f"{module}.py").write_text(program)
        command = [sys.executable, "-m", "scripts.on_gpus", str(count), module]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        env = {**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{tmp_path}", **environment}
        started.append(subprocess.Popen(command, cwd=PROJECT, env=env, encoding="utf-8", **pipes))
        return started[-1]

    yield run
    for job in started:
        job.kill()
        job.communicate()


def line(job: subprocess.Popen) -> str:
    return job.stdout.readline().strip()


def test_each_job_has_gpus_of_its_own_until_it_ends_however_it_ends(start):
    first, second = start(1), start(1)
    assert {line(first), line(second)} == {"0 PCI_BUS_ID", "1 PCI_BUS_ID"}
    both = start(2)
    assert line(both) == "waiting for 2 free GPUs of 2 (0, 1): other jobs have the rest"
    first.kill()
    time.sleep(0.7)
    assert both.poll() is None
    third = start(1)  # the one that waits for two holds none meanwhile
    assert line(third).endswith("PCI_BUS_ID")
    third.send_signal(signal.SIGKILL)
    second.communicate()
    assert line(both) == "0,1 PCI_BUS_ID"


def test_a_job_without_gpus_sees_none(start):
    assert line(start(0)) == ""
    assert line(start(0, CUDA_VISIBLE_DEVICES="1")) == ""


def test_a_child_that_outlives_its_job_keeps_the_gpu(start):
    job = start(2, SERVER, SAY=SAY)
    child = int(line(job))
    assert line(job) == "0,1 PCI_BUS_ID"
    job.kill()
    after = start(1)
    try:
        assert line(after).startswith("waiting for 1 free GPU of 2")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    assert line(after) == "0 PCI_BUS_ID"


def test_what_the_user_or_slurm_chose_is_kept(start):
    chosen = start(1, CUDA_VISIBLE_DEVICES="GPU-a2")
    assert line(chosen) == "1 PCI_BUS_ID"
    assert line(start(1, CUDA_VISIBLE_DEVICES="1,0")) == "0 PCI_BUS_ID"  # the same GPU by its other name is taken
    assert (
        line(start(1, CUDA_VISIBLE_DEVICES="1", SLURM_JOB_ID="7")) == "1 PCI_BUS_ID"
    )  # Slurm gave it away: no other waits
    too_many = start(2, CUDA_VISIBLE_DEVICES="1")
    assert re.match(
        r"spacenum: this job needs 2 GPUs, but 1 can be seen here \(CUDA_VISIBLE_DEVICES is '1'\)", line(too_many)
    )
    assert too_many.wait() == 1


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        (None, ["0", "MIG-c1", "MIG-c2", "2"]),
        ("", []),
        ("2,GPU-a1", ["2", "0"]),
        ("MIG-c2, 0", ["MIG-c2", "0"]),
        ("0,GPU-a1", ["0"]),
        ("2,-1,0", ["2"]),
        ("0,7,2", ["0"]),  # as CUDA reads it: nothing after what isn't there
        ("GPU-a", []),  # begins two
        ("NoDevFiles", []),
    ],
)
def test_which_gpus_are_to_be_seen(shown, names):
    environment = {} if shown is None else {"CUDA_VISIBLE_DEVICES": shown}
    assert parse(LISTING) == MACHINE
    assert [device.name for device in visible(environment, MACHINE)] == names


def test_where_nothing_lists_gpus_what_was_chosen_is_believed():
    assert visible({"CUDA_VISIBLE_DEVICES": "3,GPU-x"}, []) == [Device("3", "3"), Device("GPU-x", "GPU-x")]
    assert visible({}, []) == []


def test_locks_that_are_not_there_are_not_passed_on(tmp_path):
    with Path(os.devnull).open() as file:
        assert held({"SPACENUM_GPU_LOCKS_HELD": f"{file.fileno()},9999,x"}) == [file.fileno()]
