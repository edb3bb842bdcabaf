"""A camera in a room of boxes, ray by ray: what depth and ids must be, from nothing but plane equations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spacenum.geometry.camera import Intrinsics, unproject
from spacenum.geometry.poses import CameraPose, world_from_camera
from spacenum.simulators.base import Instance, Sensing, count_instances

Box = NDArray[np.float64]
FACES = ("wall_west", "wall_south", "floor", "wall_east", "wall_north", "ceiling")


def sense(
    boxes: Sequence[ArrayLike],
    pose: CameraPose,
    camera: Intrinsics,
    room: ArrayLike,
    names: Sequence[tuple[str, str]] = (),
) -> Sensing:
    """What the camera sees of axis-aligned ``boxes`` [2, 3] inside ``room`` [2, 3]; box k has id k + 1.

    names: (name, category) of each box. The room's faces are fixtures, with the ids after the boxes'.
    """
    matrix = world_from_camera(pose)
    rays = unproject(np.ones((camera.height, camera.width)), camera) @ matrix[:3, :3].T
    with np.errstate(divide="ignore"):
        slopes = 1 / rays  # along a ray, the depth is its parameter: camera-frame z is 1
    eye = matrix[:3, 3]
    _, far = _crossings(np.asarray(room, float), eye, slopes)
    depth, face = far.min(axis=-1), far.argmin(axis=-1)
    ids = len(boxes) + 1 + face + 3 * (np.take_along_axis(rays, face[..., None], -1)[..., 0] > 0)
    for number, box in enumerate(boxes, start=1):
        near, far = _crossings(np.asarray(box, float), eye, slopes)
        enter, leave = near.max(axis=-1), far.min(axis=-1)
        hit = (enter < leave) & (enter > 0) & (enter < depth)
        depth, ids = np.where(hit, enter, depth), np.where(hit, number, ids)
    return Sensing(pose, camera, depth, ids, count_instances(ids, _known(boxes, names)))


def _crossings(box: Box, eye: NDArray[np.float64], slopes: NDArray[np.float64]) -> tuple[Box, Box]:
    a, b = (box[0] - eye) * slopes, (box[1] - eye) * slopes
    return np.minimum(a, b), np.maximum(a, b)


def _known(boxes: Sequence[ArrayLike], names: Sequence[tuple[str, str]]) -> list[Instance]:
    names = names or [(f"box_{k}", f"box {k}") for k in range(len(boxes))]
    things = [
        Instance(id=k, name=name, category=category, fixture=False, box=np.asarray(box).tolist(), visible_px=0)
        for k, (box, (name, category)) in enumerate(zip(boxes, names, strict=True), start=1)
    ]
    shell = [
        Instance(id=len(boxes) + 1 + k, name=name, category="shell", fixture=True, box=None, visible_px=0)
        for k, name in enumerate(FACES)
    ]
    return things + shell


ROOM = np.array([[-2.5, -2.5, 0.0], [2.5, 2.5, 2.6]])


def furnished(seed: int) -> list[Box]:
    """Boxes along the walls of ROOM, some on others; the middle stays free."""
    rng = np.random.default_rng(seed)
    boxes = []
    for side in range(4):
        for place in (-1.6, 0.0, 1.6):
            half, height = rng.uniform(0.2, 0.45, 2), rng.uniform(0.3, 1.6)
            along, away = place + rng.uniform(-0.25, 0.25), 2.5 - rng.uniform(0.46, 0.6)
            x, y = [(away, along), (along, away), (-away, along), (along, -away)][side]
            boxes.append(np.array([[x - half[0], y - half[1], 0], [x + half[0], y + half[1], height]]))
            if rng.random() < 0.6:
                boxes.append(np.array([[x - 0.1, y - 0.1, height], [x + 0.1, y + 0.1, height + 0.25]]))
    return boxes
