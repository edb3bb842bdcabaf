"""A Slurm of two nodes on this machine, for as long as tests need it: root, Debian's packages, no database.

Each node has eight CPUs, 40 GB, and four GPUs that are /dev/null. An existing Slurm configuration is never touched.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

CONFIG = Path("/etc/slurm")  # not SLURM_CONF: the jobstep plugin drops it
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged")
PLUGINS = ("snakemake_executor_plugin_slurm", "snakemake_executor_plugin_slurm_jobstep")
NODES = ("n1", "n2")


def missing() -> str | None:
    """Why there can be no such Slurm here; None if there can."""
    if os.geteuid():
        return "only root can start Slurm"
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    if absent:
        return f"{', '.join(absent)} not found: apt-get install slurmctld slurmd slurm-client munge"
    if any(find_spec(name) is None for name in PLUGINS):
        return "Snakemake's Slurm plugins are not installed: docs/clusters.md"
    if any((CONFIG / name).exists() for name in ("slurm.conf", "gres.conf")):
        return f"{CONFIG} has a configuration already"
    return None


@contextmanager
def two_nodes(folder: Path) -> Iterator[None]:
    """Slurm, with its files in ``folder``, until the end of the block."""
    for name in ("state", "log", "run", *(f"spool/{node}" for node in NODES)):
        (folder / name).mkdir(parents=True)
    for number in range(4):
        os.mknod(folder / f"gpu{number}", 0o600 | 0o020000, os.makedev(1, 3))
    (folder / "slurm.conf").write_text(_configuration(folder))
    (folder / "gres.conf").write_text(f"NodeName=n1,n2 Name=gpu File={folder}/gpu[0-3]\n")
    links = [CONFIG / "slurm.conf", CONFIG / "gres.conf"]
    started: list[subprocess.Popen[bytes]] = []
    try:
        CONFIG.mkdir(exist_ok=True)
        for link in links:
            link.symlink_to(folder / link.name)
        munge = Path("/run/munge")
        subprocess.run(["install", "-d", "-o", "munge", "-g", "munge", "-m", "755", munge], check=True)
        started.append(_start(folder, "runuser", "-u", "munge", "--", "munged", "--foreground", "--force"))
        _until(lambda: (munge / "munge.socket.2").exists(), "munge didn't start")
        started.append(_start(folder, "slurmctld", "-D"))
        started += [_start(folder, "slurmd", "-D", "-N", node) for node in NODES]
        _until(lambda: _output("sinfo", "-h", "-o", "%D", "-t", "idle") == "2", "Slurm didn't start")
        yield
    finally:
        with suppress(TimeoutError):
            subprocess.run(["scancel", "--user=root"], capture_output=True, check=False)
            _until(lambda: not jobs("JobID"), "Slurm's jobs didn't end")
        for process in reversed(started):  # nodes before what they report to
            _end(process)
        for link in links:
            link.unlink(missing_ok=True)


def jobs(*fields: str) -> list[list[str]]:
    """Fields (of ``squeue --Format``) of all jobs that haven't ended."""
    form = ",".join(f"{field}:200" for field in fields)
    lines = _output("squeue", "-h", "-O", form).splitlines()
    return [[line[200 * k : 200 * (k + 1)].strip() for k in range(len(fields))] for line in lines]


def state(job: str) -> str:
    """The state of a job, also of one that has ended."""
    return _output("squeue", "-h", "-t", "all", "-j", job, "-o", "%T")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _start(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    with (folder / "log" / "daemons.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _until(done: Callable[[], bool], otherwise: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(0.1)


def _configuration(folder: Path) -> str:
    host = socket.gethostname().partition(".")[0]
    nodes = "\n".join(
        f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=8 RealMemory=40000 Gres=gpu:4"
        f" Weight={port} State=UNKNOWN"  # the first is filled first
        for node, port in zip(NODES, (16818, 16828), strict=True)
    )
    return f"""ClusterName=loop
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
AuthType=auth/munge
StateSaveLocation={folder}/state
SlurmdParameters=config_overrides
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=5
MinJobAge=3600
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
GresTypes=gpu
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
