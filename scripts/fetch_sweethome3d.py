"""Fetch the asset pack sweethome3d: download Debian's package of the models, and make a pack of the selected ones."""

from __future__ import annotations

import argparse
from pathlib import Path

from spacenum.core.errors import run_script


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the pack, e.g. data/packs/sweethome3d")
    parser.add_argument("--deb", type=Path, help="the package's file, if it is already here (default: apt-get gets it)")
    args = parser.parse_args()
    from spacenum.scenes.assets.sweethome3d import fetch

    pack = fetch(args.out, args.deb)
    models = [asset for asset in pack.assets if not asset.file.endswith(".py")]
    categories = {asset.category for asset in models}
    print(
        f"{args.out}: {len(models)} models of {len(categories)} categories, "
        f"and our own generators for {len(pack.assets) - len(models)} others"
    )


if __name__ == "__main__":
    run_script(main)
