"""Dense targets: what each image token shows, as a frame's depth, ids and pose say.

Tokens are numbered row by row. A token's depth and point are those of its centre; its category and box, those of the
object that it shows (``shown_ids``).

Camera-aligned coordinates describe a layout without its anchors: the origin is the point of the ground in the middle of
the image, and the axes are the room's, along which objects stand. The second axis is the one that points away from the
camera most, the first is to the right of it, the third points up. A map's axes are those, turned by quarters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spacenum.core.arrays import Array
from spacenum.frames.records import DEPTH_STEP_M, FrameRecord
from spacenum.frames.store import depth_of, ids_of
from spacenum.geometry.camera import project, to_camera, to_world, unproject
from spacenum.items.schema import TransitionItem
from spacenum.pretraining.families import FamilyViews
from spacenum.pretraining.images import in_threads
from spacenum.tuning.examples import IGNORED

CORNERS = 6
"""Coordinates of a box: its lower corner, then its upper one."""
FARTHEST_M = 65535 * DEPTH_STEP_M
SMALLEST_SHARE = 1 / 16
"""Of a token, that an object fills to be what the token shows."""
TOLERANCE = 0.02  # of the depth, and as many metres: beyond it, something else is in front


@dataclass(frozen=True, kw_only=True)
class TokenTargets:
    """Of images, [images, tokens, ...]. depth: log of metres, NaN beyond reach. category: index into ``categories``,
    IGNORED where unknown. positions: point, and box of the object, in camera-aligned coordinates, in units of the map,
    [..., 3 + 6]; NaN in transitions, and boxes off objects. category_weights: one over the root of each category's
    frequency, [categories]: else floors dominate a loss."""

    depth: Tensor
    category: Tensor
    category_weights: Tensor
    positions: Tensor

    def select(self, rows: Tensor, mirrored: Tensor) -> TokenTargets:
        """Those of some images, of which the ``mirrored`` [rows] are flipped left to right."""
        parts = (flipped(part[rows], mirrored) for part in (self.depth, self.category, self.positions))
        depth, category, positions = parts
        turned = positions.clone()
        turned[..., 0], turned[..., 3], turned[..., 6] = -positions[..., 0], -positions[..., 6], -positions[..., 3]
        positions = torch.where(mirrored[:, None, None], turned, positions)
        return replace(self, depth=depth, category=category, positions=positions)


@dataclass(frozen=True, kw_only=True)
class Scenery:
    """What all images of a training show. targets: in their order. categories: names. matches: of each transition
    family, by name, ``matches_among`` its frames."""

    targets: TokenTargets
    categories: tuple[str, ...]
    matches: dict[str, Tensor]

    @classmethod
    def of(cls, families: Sequence[FamilyViews], frames: Sequence[FrameRecord], root: Path, side: int) -> Scenery:
        """frames: all images, in order. side: tokens along a side of an image."""
        instances = [instance for frame in frames for instance in frame.instances]
        categories = tuple(sorted({instance.category for instance in instances}))
        number = {name: index for index, name in enumerate(categories)}
        units = {frame.image: _unit(one) for one in families if one.transition is None for frame in one.frames}

        def read(frame: FrameRecord) -> tuple[Array, Array, Array]:
            seen = Sensed.of(frame, depth_of(frame, root), side)
            ids = shown_ids(frame, ids_of(frame, root), side) if frame.instances else np.zeros(side**2, np.int64)
            positions = np.full((side**2, 3 + CORNERS), np.nan)
            if unit := units.get(frame.image):
                positions = camera_aligned(frame, np.concatenate([seen.points, _boxes(frame, ids)], -1)) / unit
            return np.log(seen.distances), _categories(frame, ids, number), positions

        depth, category, positions = (
            torch.from_numpy(np.stack(part)) for part in zip(*in_threads(read, frames), strict=True)
        )
        seen = torch.bincount(category[category != IGNORED], minlength=len(categories))
        targets = TokenTargets(
            depth=depth.float(), category=category, positions=positions.float(),
            category_weights=seen.clamp(min=1).float().rsqrt(),
        )  # fmt: skip
        matches = {one.name: torch.from_numpy(matches_among(one.frames, root, side))
                   for one in families if one.transition is not None}  # fmt: skip
        return cls(targets=targets, categories=categories, matches=matches)


def flipped(values: Tensor, mirrored: Tensor) -> Tensor:
    """Values of tokens [images, tokens, ...], those of ``mirrored`` images [images] flipped left to right."""
    side = round(values.shape[1] ** 0.5)
    turned = values.unflatten(1, (side, side)).flip(2).flatten(1, 2)
    return torch.where(mirrored.reshape(-1, *[1] * (values.dim() - 1)), turned, values)


def _unit(views: FamilyViews) -> float:
    item = views.items[0]
    assert not isinstance(item, TransitionItem)
    return item.truth.frame.unit_m


def centres(pixels: int, side: int) -> NDArray[np.int64]:
    """Pixels at the centres of ``side`` tokens along an image."""
    return np.floor((np.arange(side) + 0.5) * pixels / side).astype(np.int64)


def shown_ids(frame: FrameRecord, ids: NDArray[np.integer], side: int) -> NDArray[np.int64]:
    """What each token shows, [tokens]: of the objects that fill at least ``SMALLEST_SHARE`` of it, the largest; else
    what is at its centre, mostly a floor or a wall. At their centres alone, tokens would miss three in ten objects.

    ids: [h, w].
    """
    height, width = ids.shape
    token = (np.arange(height) * side // height)[:, None] * side + np.arange(width) * side // width
    objects = np.array([0, *(one.id for one in frame.instances if not one.fixture)])
    filled = np.stack([np.bincount(token.ravel(), (ids == one).ravel(), side**2) for one in objects])
    filled[0] = SMALLEST_SHARE * ids.size / side**2
    largest = len(objects) - 1 - filled[::-1].argmax(0)  # the last of the largest: an object that fills just enough
    centre = ids[np.ix_(centres(height, side), centres(width, side))].ravel()
    return np.where(largest > 0, objects[largest], centre)


def _categories(frame: FrameRecord, ids: NDArray[np.int64], number: dict[str, int]) -> Array:
    known = {one.id: number[one.category] for one in frame.instances}
    return np.array([known.get(int(one), IGNORED) for one in ids])


def _boxes(frame: FrameRecord, ids: NDArray[np.int64]) -> Array:
    known = {one.id: np.array(one.box).ravel() for one in frame.instances if one.box and not one.fixture}
    return np.array([known.get(int(one), np.full(CORNERS, np.nan)) for one in ids])


def camera_aligned(frame: FrameRecord, positions: Array) -> Array:
    """Points and boxes of the room [tokens, 3 + 6] in camera-aligned coordinates, in metres."""
    eye, ahead = to_world(np.array([[0.0, 0, 0], [0, 0, 1]]), frame.measured_pose)
    away = ahead - eye
    origin = eye - away * eye[2] / away[2]
    angle = quarter_turns(frame) * np.pi / 2
    axes = np.array([[np.sin(angle), -np.cos(angle), 0], [np.cos(angle), np.sin(angle), 0], [0, 0, 1]])
    point, lower, upper = ((positions[:, start : start + 3] - origin) @ axes.T for start in (0, 3, 6))
    return np.concatenate([point, np.minimum(lower, upper), np.maximum(lower, upper)], -1)


def quarter_turns(frame: FrameRecord) -> int:
    """From the room's x axis to the second camera-aligned one, counter-clockwise, 0 to 3."""
    return round(frame.measured_pose.yaw / 90) % 4


@dataclass(frozen=True, eq=False)
class Sensed:
    """depth: metres [h, w]. distances: the same at tokens [tokens]. points: what these show, in the room [tokens, 3].
    NaN where nothing is within reach."""

    frame: FrameRecord
    depth: Array
    distances: Array
    points: Array

    @classmethod
    def of(cls, frame: FrameRecord, depth: Array, side: int) -> Sensed:
        middle = centres(len(depth), side)
        near = np.where(depth < FARTHEST_M - DEPTH_STEP_M, depth, np.nan)
        points = unproject(near, frame.camera)[np.ix_(middle, middle)].reshape(-1, 3)
        return cls(frame, depth, points[:, 2], to_world(points, frame.measured_pose))


def matches_among(frames: Sequence[FrameRecord], root: Path, side: int) -> Array:
    """Where each view of a room shows the tokens of each other one, [views, views, tokens, 2]: first of which view,
    then in which. Places are in tokens, (0, 0) being the centre of the upper left one, x to the right, y down."""
    views = [Sensed.of(frame, depth_of(frame, root), side) for frame in frames]
    return np.array([[places_in(other, one, side) for other in views] for one in views], dtype=np.float32)


def places_in(other: Sensed, seen: Sensed, side: int) -> Array:
    """Where ``other`` shows the points of the tokens of ``seen``, [tokens, 2]; NaN where it doesn't or they are hidden.

    A point is visible if its depth lies between those of the four pixels about it: one pixel's alone would miss slanted
    walls.
    """
    camera = other.frame.camera
    pixels, z = project(to_camera(seen.points, other.frame.measured_pose), camera)
    with np.errstate(invalid="ignore"):
        inside = (pixels >= 0).all(-1) & (pixels[:, 0] < camera.width) & (pixels[:, 1] < camera.height)
    size = np.array([camera.width, camera.height])
    columns, rows = np.clip(np.floor(np.where(inside[:, None], pixels, 1) - 0.5), 0, size - 2).astype(int).T
    about = np.stack([other.depth[rows + down, columns + right] for down in (0, 1) for right in (0, 1)])
    inside &= (z > about.min(0) - TOLERANCE * (1 + z)) & (z < about.max(0) + TOLERANCE * (1 + z))
    return np.where(inside[:, None], np.clip(pixels / size * side - 0.5, 0, side - 1), np.nan)


def mirrored_matches(places: Tensor, side: int) -> Tensor:
    """Places [..., tokens, 2] in images that are flipped left to right."""
    turned = places.unflatten(-2, (side, side)).flip(-2).flatten(-3, -2)
    return torch.stack([side - 1 - turned[..., 0], turned[..., 1]], -1)


def soft_targets(places: Tensor, side: int) -> Tensor:
    """Bilinear weights over tokens, [..., side * side], of places [..., 2]."""
    x, y = (
        (1 - (axis[..., None] - torch.arange(side, device=places.device)).abs()).clamp(min=0)
        for axis in places.nan_to_num().unbind(-1)
    )
    return (y[..., :, None] * x[..., None, :]).flatten(-2)
