"""The ``spacenum`` command: what users do with a study besides building it."""

from __future__ import annotations

import argparse
import os
import select
import sys
from importlib.metadata import version

from spacenum.cli import annotate, answers, frames, items, lineage, run, verify
from spacenum.core.errors import SpaceNumError, run_script

CLOSED_PIPE = 141
"""The status of a program that a closed pipe ended: 128 and the number of SIGPIPE."""


def main() -> None:
    """Entry point of the ``spacenum`` command."""
    parser = argparse.ArgumentParser(prog="spacenum", description=__doc__)
    parser.add_argument("--version", action="version", version=f"spacenum {version('spacenum')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (verify, lineage, frames, answers, items, run, annotate):
        module.add_commands(commands)
    args = parser.parse_args()
    run_script(lambda: _run(args))


def _run(args: argparse.Namespace) -> None:
    try:
        args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        if not _left_alone():
            raise
        sys.exit(CLOSED_PIPE)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("spacenum"):
            raise
        raise SpaceNumError(
            f"this command needs the Python package '{error.name}', which isn't installed; most come with pip install "
            "'spacenum[workflow]' (further extras: blender, ai2thor, usd, transformers, external)"
        ) from error


def _left_alone() -> bool:
    """Whether whoever read what is printed has left, as "| head" does; what is still to be printed is dropped then."""
    poll, out = select.poll(), sys.stdout.fileno()
    poll.register(out, 0)  # a pipe without a reader is an error, whatever is asked
    if not any(event & select.POLLERR for _, event in poll.poll(0)):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), out)
    return True


if __name__ == "__main__":
    main()
