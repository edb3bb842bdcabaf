"""Whose unfinished files are whose: their names hold the process that writes them, on which host, so that nobody
removes what another still writes, and what the dead left can be told from it.

A study may lie on a file system that several hosts share, where a process number alone says nothing.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

OWNER = re.compile(r"(?P<host>[0-9a-f]{6})-(?P<boot>[0-9a-f]{6})-(?P<space>[0-9a-f]{6})-(?P<pid>\d+)-(?P<begun>\d*)")


def owner(pid: int | None = None) -> str:
    """This process, or another of this host, in a form that is part of a file's name."""
    pid = pid or os.getpid()
    return "-".join([*_here(), str(pid), _begun(pid) or ""])


def has_ended(name: str) -> bool:
    """Whether the owner whose token stands in a file's name is known to have ended: of other hosts nothing is known,
    nor of containers on this one that number their processes by themselves. A name without a token has no owner that
    ended."""
    found = OWNER.search(name)
    host, boot, space = _here()
    if not found or found["host"] != host:
        return False
    if found["boot"] != boot:
        return True
    return found["space"] == space and not _runs(int(found["pid"]), found["begun"])


def left_behind(folder: Path, pattern: str = "*") -> list[Path]:
    """What lies in a folder under the name of an owner who has ended."""
    return sorted(path for path in folder.glob(pattern) if has_ended(path.name))


def own_place(folder: Path, name: str | None = None) -> Path:
    """Where this process keeps unfinished work in a folder: all that an owner who has ended kept there, if there was
    one; else a new place. name: another owner, for whom this process acts."""
    place = folder / (name or owner())
    for left in left_behind(folder):
        if not place.exists():
            with suppress(FileNotFoundError):  # another process was faster
                os.rename(left, place)
        else:
            remove(left)
    place.mkdir(parents=True, exist_ok=True)
    return place


def remove(path: Path) -> None:
    """Remove a file or a whole folder, of which others may remove parts at the same time."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@cache
def _here() -> tuple[str, str, str]:
    """This host, its boot, and its numbering of processes. The host's name alone may be another's too."""
    host = platform.node() + _read("/etc/machine-id")
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    host, boot, space = (_short(text) for text in (host, _read("/proc/sys/kernel/random/boot_id"), space))
    return host, boot, space


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _runs(pid: int, begun: str) -> bool:
    """Whether the process that began then still runs; numbers are given again. Where the system can't tell, it does."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    now = _begun(pid)
    return now is not None and (not now or not begun or now == begun)


def _begun(pid: int) -> str | None:
    """When a process began, in the system's ticks; empty if that can't be known, None if it only waits to be buried."""
    state, *fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split() or [""]
    if state in ("Z", "X"):
        return None
    return fields[18] if fields else ""
