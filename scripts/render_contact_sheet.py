"""Draw a labelled picture of each kind of object of a pack, or of each kind of room."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.scenes.assets.manifest import load_pack, pack_manifest
from spacenum.simulators.blender.contact_sheet import draw_objects, draw_rooms
from spacenum.simulators.settings import ContactSheetParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--sheet", choices=["objects", "rooms"], required=True)
    cli.add_argument("--kinds", nargs="*", default=[], help="asset ids (default: all of the pack)")
    cli.add_argument("--variants", type=int, default=1, help="pictures of each kind, with other seeds")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    name = params(args, ContactSheetParams).pack
    pack = load_pack(name, pack_manifest(name))
    if args.sheet == "objects":
        draw_objects(args.out, pack, args.kinds, args.variants)
    else:
        draw_rooms(args.out, pack)
    leave_meta("contact_sheet", args, ContactSheetParams, [], [args.out])


if __name__ == "__main__":
    run_script(main)
