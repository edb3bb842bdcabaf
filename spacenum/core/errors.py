"""The one exception that a user is meant to read, and the way every script ends on it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class SpaceNumError(Exception):
    """Something a user can mend: the message names the file or key, what is wrong, and what would be right."""


class ConfigError(SpaceNumError):
    """A value of the study's config that can't be. key: with dots. problem: what it says, and what would be right."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"config key '{key}' {problem}")
        self.key = key


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
NO_PATH = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)


@contextmanager
def plain_os_errors() -> Iterator[None]:
    """Turn what a user can mend of the system's errors (a full disk, no right to write, an impossible path) into one
    sentence; others pass."""
    try:
        yield
    except OSError as error:
        if said := _of_the_system(error):
            raise SpaceNumError(said) from error
        raise


def _of_the_system(error: OSError) -> str | None:
    # of two files, such as those of a copy, the second is the one that is written
    file = error.filename2 or error.filename
    if error.errno in FULL:
        where = f" while writing {file}" if file else ""
        return (
            f"the disk is full{where}; free some space and run the same command again (nothing half-written was kept)."
        )
    if not file:
        return None
    if error.errno in CLOSED:
        return f"{file}: can't be read or written ({error.strerror}); mend its rights, or take another folder"
    if error.errno in NO_PATH:
        return f"{str(file)[:200]}: no path of a file here ({error.strerror}); name another"
    return None


def run_script(main: Callable[[], None]) -> None:
    """Run a script's ``main`` and end with status 1 and one sentence if the user has something to mend.

    Other exceptions keep their traceback: they are our bugs, not the user's.
    """
    try:
        with plain_os_errors():
            main()
    except SpaceNumError as error:
        sys.exit(f"spacenum: {error}")
