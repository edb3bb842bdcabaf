"""Draw a labelled picture of each kind of object of a pack, or of each kind of room."""

from __future__ import annotations

from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.scenes.assets.manifest import load_pack, pack_manifest
from spacenum.simulators.blender.contact_sheet import draw_objects, draw_rooms
from spacenum.simulators.settings import ContactSheetParams


def render_contact_sheet(params: ContactSheetParams, *, pack: Inputs, sheet: Output) -> None:
    drawn = load_pack(params.pack, pack_manifest(params.pack))
    if params.sheet == "objects":
        draw_objects(sheet, drawn)
    else:
        draw_rooms(sheet, drawn)


if __name__ == "__main__":
    run_stage(render_contact_sheet)
