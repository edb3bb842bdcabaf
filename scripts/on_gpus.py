"""Run a module of this project on free GPUs of those that this process may see, which it holds until it ends."""

from __future__ import annotations

import argparse

from spacenum.core.devices import run_module
from spacenum.core.errors import run_script


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("count", type=int, choices=range(65), metavar="COUNT", help="how many; 0 shows it none")
    cli.add_argument("--process-per-gpu", action="store_true", help="start it once for each, by accelerate")
    cli.add_argument("module", help="such as scripts.answer_items")
    cli.add_argument("arguments", nargs=argparse.REMAINDER, help="the module's own")
    args = cli.parse_args()
    run_module(args.count, args.module, args.arguments, args.process_per_gpu)


if __name__ == "__main__":
    run_script(main)
