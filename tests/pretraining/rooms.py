"""Painted box rooms, ray-cast in numpy: true depth and poses, without an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from spacenum.frames.records import FrameRecord, SweepEnd, TransitionFamily
from spacenum.frames.store import quantised
from spacenum.geometry.camera import Intrinsics, to_world, unproject
from spacenum.geometry.poses import Action, CameraPose, motion_of, moved
from spacenum.items.families import OptionOrders
from spacenum.items.prompts import Prompts
from spacenum.items.schema import Item
from spacenum.items.transition import transition_items

SIDE = 64
CAMERA = Intrinsics.from_vertical_fov(SIDE, SIDE, 90)
LOW, HIGH = np.array([-3.0, -2.5, 0.0]), np.array([3.0, 2.5, 2.6])


def depth_of(pose: CameraPose) -> np.ndarray:
    """Metres along the view axis to the room's walls, [SIDE, SIDE]."""
    rays = to_world(unproject(np.ones((SIDE, SIDE)), CAMERA), pose) - np.array(pose.position)
    with np.errstate(divide="ignore"):
        ways = np.maximum((LOW - pose.position) / rays, (HIGH - pose.position) / rays)
    return ways.min(-1)


def paint(room: int, points: np.ndarray) -> np.ndarray:
    """Colours of points of the walls, other in every room."""
    rng = np.random.default_rng(room)
    waves = rng.normal(0, 1.8, (3, 6, 3))
    phases = rng.uniform(0, 2 * np.pi, (3, 6))
    shades = np.sin(np.einsum("cki,hwi->hwck", waves, points) + phases).sum(-1)
    return (127.5 + 127.5 * np.tanh(shades)).astype(np.uint8)


def photograph(root: Path, room: int, name: str, pose: CameraPose) -> FrameRecord:
    depth = depth_of(pose)
    colours = paint(room, to_world(unproject(depth, CAMERA), pose))
    files = [f"{name}.png", f"{name}.depth.png"]
    for file, pixels in zip(files, (colours, quantised(depth)), strict=True):
        Image.fromarray(pixels).save(root / file)
    return FrameRecord(
        id=name, scene=f"train-kitchen-{room:03d}", simulator="none", image=files[0], depth=files[1], ids="none",
        sha256=("", "", ""), camera=CAMERA, pose=pose, measured_pose=pose, instances=(),
    )  # fmt: skip


@dataclass(frozen=True)
class Rooms:
    """A training split of turns to the left and right."""

    items: list[Item]
    frames: list[FrameRecord]
    families: list[TransitionFamily]


def rooms(root: Path, count: int, turns: Sequence[float] = (10, 30, 50, 70)) -> Rooms:
    frames: list[FrameRecord] = []
    families = []
    rng = np.random.default_rng(count)
    for room in range(count):
        start = CameraPose(position=(*rng.uniform(-1, 1, 2), 1.4), yaw=float(rng.uniform(0, 360)), horizon=0)
        way = "left" if room % 2 else "right"
        poses = [start, *(moved(start, motion_of(Action("rotate_left_right", way, turn))) for turn in turns)]
        shown = [photograph(root, room, f"r{room}-{k}", pose) for k, pose in enumerate(poses)]
        frames += shown
        ends = [
            SweepEnd(magnitude=turn, frame=frame.id, overlap=0.5, shared_anchors=1, pose_error=0)
            for turn, frame in zip(turns, shown[1:], strict=True)
        ]
        families.append(
            TransitionFamily(
                id=f"f{room}", scene=shown[0].scene, group="rotate_left_right", direction=way, start=shown[0].id,
                ends=tuple(ends), option_difference=0.1,
            )
        )  # fmt: skip
    by_id, orders, prompts = {frame.id: frame for frame in frames}, OptionOrders(0), Prompts()
    made = [transition_items(family, by_id, "train", orders, prompts) for family in families]
    items = [item for tasks in made for some in tasks.values() for item in some]
    named = [item.model_copy(update={"id": f"{item.cell}.{k:06d}"}) for k, item in enumerate(items)]
    return Rooms(named, frames, families)
