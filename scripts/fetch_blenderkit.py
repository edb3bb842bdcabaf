"""Fetch the asset pack blenderkit: download the pinned models that aren't there yet, and make a pack of them."""

from __future__ import annotations

import argparse
from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.scenes.assets.blenderkit.pack import fetch
from spacenum.scenes.assets.blenderkit.selection import SELECTION, read_selection
from spacenum.simulators.blender.normalising import normalise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the pack, e.g. data/packs/blenderkit")
    parser.add_argument("--list", type=Path, default=SELECTION, help="list of models (default: the project's)")
    args = parser.parse_args()
    selection = read_selection(args.list)
    pack = fetch(args.out, selection, normalise)
    pins = list(selection.pins())
    print(
        f"{args.out}: {len(pins)} models of {len({category for category, _ in pins})} categories, "
        f"and our own generators for {len(pack.assets) - len(pins)} others"
    )
    unseen = [pin.asset_id for _, pin in pins if not pin.seen]
    if unseen:
        print(
            f"{len(unseen)} models haven't been looked at: draw them with scripts.render_contact_sheet --kinds "
            f"{' '.join(unseen)}, and set 'seen: true' (or another 'front') in {args.list.name}"
        )


if __name__ == "__main__":
    run_script(main)
