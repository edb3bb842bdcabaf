"""Run a command for as long as another process lives, and leave nothing of it running afterwards.

A program of its own (``python guard.py <seconds to stop in> <command> …``), so that it outlives a parent that is killed
with SIGKILL. The parent holds the other end of standard input and never writes: when it closes that, or ends in
whatever way, the command is told to stop, and what is left of it and of all its descendants is killed. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
POLL_S = 0.2
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def main() -> int:
    """The command's exit status, or 0 if it was stopped because the parent went."""
    grace_s, command = float(sys.argv[1]), sys.argv[2:]
    _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # grandchildren whose parent dies become ours, so that they are found
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_guard)
    try:
        while child.poll() is None:
            if select.select([sys.stdin], [], [], POLL_S)[0]:
                return 0
        return child.returncode if child.returncode >= 0 else 128 - child.returncode
    finally:
        stop(child, grace_s)


def _leave(number: int, _: object) -> None:
    sys.exit(128 + number)


def _die_with_guard() -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def stop(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask the child to end, then what it leaves behind; after ``grace_s`` seconds kill whatever is left."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if child.poll() is None:
        child.terminate()
    end, told = time.monotonic() + grace_s, False
    while (left := descendants(os.getpid())) and time.monotonic() < end:
        if child.poll() is not None:
            _reap()
            _send(left if not told else [], signal.SIGTERM)
            told = True
        time.sleep(0.05)
    while left:
        _send(left, signal.SIGKILL)
        _reap()
        time.sleep(0.02)
        left = descendants(os.getpid())


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _reap() -> None:
    """Collect all children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants(ancestor: int) -> list[int]:
    """Process ids of all that descend from ``ancestor``, ended ones that nobody has collected included."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = path.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        children.setdefault(int(after_name[1]), []).append(int(path.parent.name))
    found, queue = [], [ancestor]
    while queue:
        queue += (own := children.get(queue.pop(), []))
        found += own
    return found


if __name__ == "__main__":
    sys.exit(main())
