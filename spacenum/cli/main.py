"""The ``spacenum`` command: what users do with a study besides building it."""

from __future__ import annotations

import argparse

from spacenum.cli import annotate, answers, frames, items, run, verify
from spacenum.core.errors import run_script


def main() -> None:
    """Entry point of the ``spacenum`` command."""
    parser = argparse.ArgumentParser(prog="spacenum", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (verify, frames, answers, items, run, annotate):
        module.add_commands(commands)
    args = parser.parse_args()
    run_script(lambda: args.run(args))


if __name__ == "__main__":
    main()
