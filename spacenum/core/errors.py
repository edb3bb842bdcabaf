"""The one exception that a user is meant to read, and the way every script ends on it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable


class SpaceNumError(Exception):
    """Something a user can mend: the message names the file or key, what is wrong, and what would be right."""


class ConfigError(SpaceNumError):
    """A value of the study's config that can't be. key: with dots. problem: what it says, and what would be right."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"config key '{key}' {problem}")
        self.key = key


def run_script(main: Callable[[], None]) -> None:
    """Run a script's ``main`` and end with status 1 and one sentence if the user has something to mend.

    Other exceptions keep their traceback: they are our bugs, not the user's.
    """
    try:
        main()
    except SpaceNumError as error:
        sys.exit(f"spacenum: {error}")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        where = f" while writing {error.filename}" if error.filename else ""
        sys.exit(
            f"spacenum: the disk is full{where}; free some space and run the same command again "
            "(nothing half-written was kept)."
        )
