"""Layouts of boxes, ray-cast in numpy: true depth, ids and poses, without an engine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from spacenum.core.errors import SpaceNumError
from spacenum.frames.records import FrameRecord, LayoutFamily
from spacenum.frames.store import quantised
from spacenum.geometry.camera import Intrinsics, to_world, unproject
from spacenum.items.families import OptionOrders
from spacenum.items.layout import layout_items
from spacenum.items.prompts import Prompts
from spacenum.items.schema import Item
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.layouts import build_layout
from spacenum.scenes.spec import LayoutScene, PlacedObject
from spacenum.simulators.base import Instance

SIDE = 64
FOV_DEG = 45.0
CAMERA = Intrinsics.from_vertical_fov(SIDE, SIDE, FOV_DEG)
SCALES = ("desk", "room")
VARIATIONS = ("position", "size", "both")


@dataclass(frozen=True)
class Layouts:
    items: list[Item]
    frames: list[FrameRecord]
    families: list[LayoutFamily]


def photograph(root: Path, scene: LayoutScene, placement: int) -> FrameRecord:
    """A view of the first camera; every category has its colour."""
    things: list[PlacedObject] = [*scene.objects, scene.placements[placement]]
    pose, name = scene.cameras[0], f"{scene.id}.{placement}"
    eye = np.array(pose.position)
    rays = to_world(unproject(np.ones((SIDE, SIDE)), CAMERA), pose) - eye
    depth, ids = np.where(rays[..., 2] < 0, -eye[2] / rays[..., 2], np.inf), np.zeros((SIDE, SIDE), int)
    for number, thing in enumerate(things, 1):
        ways = (thing.box[:, None, None] - eye) / rays
        near, far = ways.min(0).max(-1), ways.max(0).min(-1)
        front = (near < far) & (near < depth)
        depth, ids = np.where(front, near, depth), np.where(front, number, ids)
    hues = [
        (120, 120, 120),
        *(np.random.default_rng([*thing.category.encode()]).integers(256, size=3) for thing in things),
    ]
    files = [f"{name}{part}.png" for part in ("", ".depth", ".ids")]
    pictures = (np.array(hues, np.uint8)[ids], quantised(np.minimum(depth, 16)), ids.astype(np.uint16))
    for file, pixels in zip(files, pictures, strict=True):
        Image.fromarray(pixels).save(root / file)
    instances = tuple(
        Instance(
            id=number, name=thing.name, category=thing.category, fixture=False,
            box=(tuple(thing.box[0]), tuple(thing.box[1])), visible_px=int((ids == number).sum()),
        )
        for number, thing in enumerate(things, 1)
    )  # fmt: skip
    return FrameRecord(
        id=name, scene=scene.id, simulator="none", image=files[0], depth=files[1], ids=files[2],
        sha256=("", "", ""), camera=CAMERA, pose=pose, measured_pose=pose, instances=instances,
    )  # fmt: skip


def layouts(root: Path, count: int) -> Layouts:
    """``count`` layouts of each scale, of all variations in turn."""
    pack, prompts, orders = load_pack("procedural"), Prompts(), OptionOrders(0)
    items: list[Item] = []
    frames: list[FrameRecord] = []
    families = []
    for scale in SCALES:
        for seed in range(count):
            with suppress(SpaceNumError):
                variation = VARIATIONS[seed % 3]
                scene = build_layout(f"train-{scale}-{seed:03d}", "train", scale, variation, seed, pack, FOV_DEG)
                shown = [photograph(root, scene, placement) for placement in range(4)]
                family = LayoutFamily(
                    id=scene.id, scene=scene.id, frames=tuple(frame.id for frame in shown), visible_objects=(3,) * 4,
                    differences=((0.1,) * 4,) * 4,
                )  # fmt: skip
                made = layout_items(family, scene, {frame.id: frame for frame in shown}, orders, prompts)
                items += [item for _, _, some in made for item in some]
                frames += shown
                families.append(family)
    named = [item.model_copy(update={"id": f"{item.cell}.{k:06d}"}) for k, item in enumerate(items)]
    return Layouts(named, frames, families)
