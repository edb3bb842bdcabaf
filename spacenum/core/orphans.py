"""Jobs whose run is over: they end with it, and what they had made takes no place that another run wants."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import JobFile, job_path, read_job
from spacenum.core.provenance import Publishes, sha256_of

RUN = "SPACENUM_RUN"
"""The environment's name for the process of the run that starts jobs."""


def only_while_wanted(job: JobFile, first: str, inputs: Mapping[str, str]) -> Publishes:
    """What lets a job's outputs take their places only while the job is still wanted: its job file says the parameters,
    code and inputs that it said at the start, and the inputs are the same files. A later run that plans the job anew
    changes one or the other; if it plans the very same, what an earlier run's job makes counts.

    first: the first output. inputs: SHA-256 by path.
    """
    outputs = [Path(path) for paths in job.outputs.values() for path in paths]
    seen = {path: _stamp(path) for path in inputs}

    def allowed(path: Path) -> None:
        if not any(path == output or output in path.parents for output in outputs):
            return
        if not _same(job, first) or any(_changed(one, seen[one], inputs[one]) for one in inputs):
            raise SpaceNumError(f"{path} is not written: another run has planned it anew since this job started")

    return allowed


def _same(job: JobFile, first: str) -> bool:
    """Whether the job file says what it said; it may have been deleted."""
    if not job_path(first).exists():
        return True
    return read_job(first).model_copy(update={"makers": job.makers}) == job


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _changed(path: str, before: tuple[int, int] | None, sha256: str) -> bool:
    """Whether an input is another file; its bytes are read only if size or time differ."""
    return _stamp(path) != before and (not Path(path).is_file() or sha256_of(Path(path)) != sha256)


def end_with_the_run() -> None:
    """End this process (SIGTERM) when the run that started it ends, however it ends: an orphan would go on for hours.

    Nothing happens where the run is no ancestor of this process, as on a cluster's nodes, or the system can't tell.
    """
    run = int(os.environ.get(RUN, "0"))
    if not run or run not in _ancestors() or not hasattr(os, "pidfd_open"):
        return
    try:
        handle = os.pidfd_open(run)
    except OSError:
        return
    threading.Thread(target=_wait, args=(handle,), daemon=True).start()


def _wait(handle: int) -> None:
    select.select([handle], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


def _ancestors() -> set[int]:
    found, pid = set(), os.getpid()
    while pid > 1:
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            break
        pid = int(status.rpartition(")")[2].split()[1])
        found.add(pid)
    return found
