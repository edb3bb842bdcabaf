"""Draw a labelled picture of each kind of object of a pack."""

from __future__ import annotations

import argparse
from pathlib import Path

from spacenum.errors import run_script


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kinds", default="", help="asset ids, comma-separated (default: all of the pack)")
    parser.add_argument("--variants", type=int, default=1, help="pictures of each kind, with other seeds")
    args = parser.parse_args()
    from spacenum.simulators.blender.contact_sheet import draw_objects

    draw_objects(args.out, [kind for kind in args.kinds.split(",") if kind], args.variants)


if __name__ == "__main__":
    run_script(main)
