"""Calibrated (ours): one sentence tells the camera's field of view and its height, as the frames record them.

Without it nobody can know how many degrees an image spans, or how far away the floor is.
"""

from __future__ import annotations

from spacenum.frames.records import FrameRecord
from spacenum.items.layout import GROUNDS
from spacenum.items.schema import Item, LayoutItem
from spacenum.variants.base import Variant


def calibration(item: Item, frame: FrameRecord) -> str:
    """The sentence. In transitions heights are metres above the floor; in layouts numbers of the map, whose unit is
    never named, above what the objects stand on. All images of an item have one camera, at one height."""
    across, up = frame.camera.fields_of_view
    height = frame.measured_pose.position[2]
    if isinstance(item, LayoutItem):
        camera, where = "The camera's", f"{height / item.truth.frame.unit_m:.1f} above the {GROUNDS[item.scale]}"
        where += ", in the numbers of the map"
    else:
        camera, where = "Your camera's", f"{height:.2f} m above the floor"
    return (
        f"{camera} field of view is {round(up, 1):g}° from top to bottom and {round(across, 1):g}° from left to right; "
        f"the camera is {where}."
    )


VARIANT = Variant(
    settings=("transition", "layout"),
    changes="one sentence tells the camera's field of view and its height",
    preface=calibration,
)
