"""Mirrored transitions (ours): every image is flipped left to right, and so are the words left and right."""

from __future__ import annotations

import numpy as np

from spacenum.core.arrays import Pixels
from spacenum.frames.records import FrameRecord
from spacenum.geometry.poses import CameraPose
from spacenum.items.schema import Item, LayoutItem
from spacenum.simulators.base import Instance
from spacenum.variants.base import Picture, Variant

MIRRORED = {"left": "right", "right": "left"}


def flipped(picture: Picture) -> Pixels:
    """The photo as in a mirror."""
    return np.ascontiguousarray(picture.pixels[:, ::-1])


def mirrored(item: Item, frame: FrameRecord) -> Item | None:
    """The same item with left and right exchanged."""
    if isinstance(item, LayoutItem):
        return None
    direction = MIRRORED.get(item.truth.direction, item.truth.direction)
    return item.model_copy(update={"truth": item.truth.model_copy(update={"direction": direction})})


def mirrored_record(frame: FrameRecord) -> FrameRecord:
    """The frame of the world as mirrored at the plane y = 0: what the flipped photo shows."""
    camera = frame.camera.model_copy(update={"cx": frame.camera.width - frame.camera.cx})
    return frame.model_copy(
        update={
            "camera": camera,
            "pose": _pose(frame.pose),
            "measured_pose": _pose(frame.measured_pose),
            "instances": tuple(map(_instance, frame.instances)),
        }
    )


def _pose(pose: CameraPose) -> CameraPose:
    x, y, z = pose.position
    return CameraPose(position=(x, -y, z), yaw=-pose.yaw, horizon=pose.horizon)


def _instance(instance: Instance) -> Instance:
    if instance.box is None:
        return instance
    (x0, y0, z0), (x1, y1, z1) = instance.box
    return instance.model_copy(update={"box": ((x0, -y1, z0), (x1, -y0, z1))})


VARIANT = Variant(
    settings=("transition",),
    changes="every image is flipped left to right, and the words left and right change places",
    skips={
        "continuity": "the depth and id images are still the base's; flipping changes no overlap",
        "colour": "the depth and id images are still the base's",
    },
    item=mirrored,
    draw=flipped,
    record=mirrored_record,
)
