"""Where things of a layout stand: for every visual token the point and the object that it shows, in metres of the room
and as the camera sees them.

The camera's own frame, seen by who doesn't know what the anchors are: from the point of the ground in the middle of the
image, along the room's axes (objects stand along them), of which the second is the one that points away most from the
camera, the first is right of it and the third is up. A cognitive map's frame is one of its four quarter
turns, moved to the origin anchor.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spacenum.core.arrays import Array
from spacenum.frames.records import FrameRecord
from spacenum.frames.store import depth_of, ids_of
from spacenum.geometry.camera import to_world
from spacenum.items.schema import TransitionItem
from spacenum.pretraining.kin import Kin
from spacenum.pretraining.matching import Sighting, middles
from spacenum.pretraining.tokens import flipped
from spacenum.pretraining.views import READERS

CORNERS = 6  # coordinates of two


@dataclass(frozen=True)
class Standing:
    """Of all images, in their order; NaN where nothing is known, as in all transitions.

    boxes: of the object that a token shows, lower corner, upper corner, in metres of the room, [images, tokens, 6].
    sights: in the camera's own frame (see above), in units of the family's map,
    the point and the box, [images, tokens, 3 + 6].
    """

    boxes: Tensor
    sights: Tensor

    @classmethod
    def of(cls, kin: Sequence[Kin], frames: Sequence[FrameRecord], root: Path, side: int) -> Standing:
        """frames: all images, in order. side: tokens along a side of an image."""
        units = {frame.image: _unit(one) for one in kin if one.moving is None for frame in one.frames}
        boxes = np.full((len(frames), side**2, CORNERS), np.nan, np.float32)
        sights = np.full((len(frames), side**2, 3 + CORNERS), np.nan, np.float32)

        def read(row: int) -> None:
            frame = frames[row]
            boxes[row] = _boxes(frame, root, side)
            points = Sighting.of(frame, depth_of(frame, root), side).points
            sights[row] = np.concatenate([points, boxes[row]], -1)
            sights[row] = _own_frame(frame, sights[row]) / units[frame.image]

        with ThreadPoolExecutor(READERS) as readers:
            list(readers.map(read, [row for row, frame in enumerate(frames) if frame.image in units]))
        return cls(torch.from_numpy(boxes), torch.from_numpy(sights))

    def shown(self, rows: Tensor, mirrored: Tensor) -> Tensor:
        """Sights of images as they are shown, [images, tokens, 3 + 6]. rows: which; mirrored:
        with left and right exchanged."""
        found = flipped(self.sights[rows.cpu()].to(mirrored.device), mirrored)
        x, left, right = (found[..., place] for place in (0, 3, 6))
        turned = found.clone()
        turned[..., 0], turned[..., 3], turned[..., 6] = -x, -right, -left
        return torch.where(mirrored[:, None, None], turned, found)


def _unit(kin: Kin) -> float:
    item = kin.items[0]
    assert not isinstance(item, TransitionItem)
    return item.truth.frame.unit_m


def _boxes(frame: FrameRecord, root: Path, side: int) -> Array:
    ids = ids_of(frame, root)[np.ix_(middles(frame.camera.height, side), middles(frame.camera.width, side))]
    known = {one.id: np.array(one.box).ravel() for one in frame.instances if one.box and not one.fixture}
    return np.array([known.get(int(one), np.full(CORNERS, np.nan)) for one in ids.ravel()])


def _own_frame(frame: FrameRecord, seen: Array) -> Array:
    """Points and boxes [tokens, 3 + 6] in the camera's own frame, in metres."""
    eye, ahead = to_world(np.array([[0.0, 0, 0], [0, 0, 1]]), frame.measured_pose)
    away = ahead - eye
    middle = eye - away * eye[2] / away[2]
    angle = quarter(frame) * np.pi / 2
    axes = np.array([[np.sin(angle), -np.cos(angle), 0], [np.cos(angle), np.sin(angle), 0], [0, 0, 1]])
    point, lower, upper = ((seen[:, start : start + 3] - middle) @ axes.T for start in (0, 3, 6))
    return np.concatenate([point, np.minimum(lower, upper), np.maximum(lower, upper)], -1)


def quarter(frame: FrameRecord) -> int:
    """By how many quarter turns to the left of the room's x axis the second axis of the
    camera's own frame points, 0 to 3."""
    return round(frame.measured_pose.yaw / 90) % 4
