"""Draw a labelled picture of some of a pack's objects, to look at while one writes or pins them."""

from __future__ import annotations

import argparse
from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.scenes.assets.manifest import load_pack, pack_manifest
from spacenum.simulators.blender.contact_sheet import draw_objects


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("--pack", default="procedural", help="the pack (default: %(default)s)")
    cli.add_argument("--kinds", nargs="*", default=[], help="asset ids (default: all of the pack)")
    cli.add_argument("--variants", type=int, default=1, help="pictures of each kind, with other seeds")
    cli.add_argument("--out", type=Path, required=True, help="the picture, a PNG file")
    args = cli.parse_args()
    draw_objects(args.out, load_pack(args.pack, pack_manifest(args.pack)), args.kinds, args.variants)


if __name__ == "__main__":
    run_script(main)
