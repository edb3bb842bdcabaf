"""Wait for free GPUs, and run a command that sees only these: ``python -m scripts.on_gpus COUNT COMMAND …``"""

from __future__ import annotations

import argparse

from spacenum.core.devices import run
from spacenum.core.errors import run_script


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("count", type=int, choices=range(1, 65), metavar="COUNT", help="how many")
    cli.add_argument("command", nargs=argparse.REMAINDER, help="what to run on them, with its arguments")
    args = cli.parse_args()
    if not args.command:
        cli.error("a command is missing")
    run(args.count, args.command)


if __name__ == "__main__":
    run_script(main)
