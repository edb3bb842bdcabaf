"""Look up BlenderKit models by the list's criteria, and pin one in each place that says to-be-pinned."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.scenes.assets.blenderkit.pack import DOWNLOADS
from spacenum.scenes.assets.blenderkit.pinning import Pinner
from spacenum.scenes.assets.blenderkit.selection import SELECTION
from spacenum.scenes.assets.blenderkit.service import Service
from spacenum.simulators.blender.normalising import normalise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", type=Path, default=SELECTION, help="list of models (default: the project's)")
    parser.add_argument(
        "--out", type=Path, default=Path("data/packs/blenderkit"), help="folder of the pack (default: %(default)s)"
    )
    parser.add_argument("--categories", nargs="*", default=[], help="only these (default: all of the list)")
    args = parser.parse_args()
    pinner = Pinner(Service.from_environment(), normalise, args.out / DOWNLOADS, partial(print, flush=True))
    selection = pinner.fill(args.list, args.categories)
    missing = sum(category.missing for category in selection.categories.values())
    print(f"{args.list}: {len(list(selection.pins()))} models are pinned, {missing} are still to be")


if __name__ == "__main__":
    run_script(main)
