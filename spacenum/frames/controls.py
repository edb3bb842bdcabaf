"""The paper's collection controls, measured: overlap, anchors, validity, differing candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from spacenum.frames.settings import ControlsConfig
from spacenum.geometry.camera import Intrinsics, project, to_camera, to_world, unproject
from spacenum.geometry.poses import world_from_camera
from spacenum.simulators.base import Instance, Sensing

REFERENCE_PIXELS = 320 * 320
SCALE_STRIDE = 3  # pixels between those that are asked about the scale of depth
SCALE_STEP = 0.004  # over which the slope is taken
MIN_SCALE_POINTS = 50
MIN_MOVE_M = 0.1
FARTHEST_M = 16.0  # what lies farther is stored as the farthest that 16 bits hold


class Rejected(Exception):
    """A candidate that fails a control; the message is the reason that coverage tables count.

    magnitudes: those of a sweep that failed, None for all of them. passed: those that had passed until then.
    """

    def __init__(self, reason: str, magnitudes: Sequence[float] | None = None, passed: Sequence[float] = ()) -> None:
        super().__init__(reason)
        self.magnitudes, self.passed = magnitudes, passed


def scaled(pixels_at_reference: int, camera: Intrinsics) -> int:
    """A pixel count given for 320 x 320, for this camera's image."""
    return max(1, round(pixels_at_reference * camera.width * camera.height / REFERENCE_PIXELS))


def anchors(view: Sensing, controls: ControlsConfig) -> set[str]:
    """Names of the objects that show enough pixels: a piece of furniture is one, whatever parts of it are instances of
    their own; fixtures don't count."""
    floor, pixels = scaled(controls.min_anchor_pixels, view.camera), Counter[str]()
    for instance in view.instances:
        if not instance.fixture:
            pixels[instance.piece or instance.name] += instance.visible_px
    return {name for name, shown in pixels.items() if shown >= floor}


def overlap(a: Sensing, b: Sensing) -> float:
    """Share of the pixels of each view that reproject into the other and agree in depth; the smaller of both ways."""
    return min(_seen_by(a, b), _seen_by(b, a))


def _seen_by(a: Sensing, b: Sensing) -> float:
    world = to_world(unproject(a.depth, a.camera), a.pose)
    pixels, depth = project(to_camera(world, b.pose), b.camera)
    u, v = pixels[..., 0], pixels[..., 1]
    inside = (u >= 0) & (u < b.camera.width) & (v >= 0) & (v < b.camera.height)
    columns, rows = u[inside].astype(int), v[inside].astype(int)
    agree = np.abs(b.depth[rows, columns] - depth[inside]) < np.maximum(0.05, 0.03 * depth[inside])
    return float(agree.sum() / a.depth.size)


def depth_scale(a: Sensing, b: Sensing) -> float | None:
    """Metres of depth for a metre of the measured move from ``a`` to ``b``: 1 if depth is true; None if nothing tells.

    If depth is short by a factor, points of ``a`` that are moved by the measured step land too far on in ``b``: by the
    step times what lacks of 1. The factor is solved for by Newton's method, as a median over points, so that what is
    hidden in one of the views doesn't count. Turns don't tell: they agree with depth of any scale.
    """
    to_b = np.linalg.inv(world_from_camera(b.pose)) @ world_from_camera(a.pose)
    step = to_b[:3, 3]
    if np.linalg.norm(step) < MIN_MOVE_M:
        return None
    every = (slice(None, None, SCALE_STRIDE), slice(None, None, SCALE_STRIDE))
    told = (a.depth[every] < FARTHEST_M) & (a.ids[every] != 0)
    points, ids, scale = unproject(a.depth, a.camera)[every][told] @ to_b[:3, :3].T, a.ids[every][told], 1.0
    for _ in range(3):
        here, there = (_behind(points + factor * step, ids, b) for factor in (scale, scale + SCALE_STEP))
        slope = (there - here) / SCALE_STEP
        use = np.abs(slope) > 0.2 * np.linalg.norm(step)  # not of surfaces along the step; NaN where a point is unseen
        if use.sum() < MIN_SCALE_POINTS:
            return None
        scale += _weighted_median(-here[use] / slope[use], np.abs(slope[use]))
    return scale


def _behind(points: NDArray[np.float64], ids: NDArray[np.int64], view: Sensing) -> NDArray[np.float64]:
    """Metres [n] by which the surface that ``view`` sees at its camera-frame ``points`` [n, 3] lies behind them.

    NaN unless all four pixels around a point are of its instance and the surface is near it. Between pixels 1 / depth
    is interpolated, which is linear on planes.
    """
    pixels, depth = project(points, view.camera)
    height, width = view.depth.shape
    u, v = pixels[:, 0] - 0.5, pixels[:, 1] - 0.5
    inside = (u >= 0) & (v >= 0) & (u < width - 1) & (v < height - 1)
    u, v = np.where(inside, u, 0), np.where(inside, v, 0)
    column, row = u.astype(int), v.astype(int)
    right, below = u - column, v - row
    nearness = np.zeros(len(points))
    for down, low in ((0, 1 - below), (1, below)):
        for across, left in ((0, 1 - right), (1, right)):
            inside &= view.ids[row + down, column + across] == ids
            nearness += low * left / np.maximum(view.depth[row + down, column + across], 1e-6)
    gap = np.divide(1, nearness, out=np.full(len(points), np.nan), where=nearness > 0) - depth
    return np.where(inside & (np.abs(gap) < 0.05 * depth), gap, np.nan)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(share, share[-1] / 2)])


def smallest_difference(images: Sequence[NDArray[np.uint8]]) -> float:
    """The smallest mean absolute difference between any two images, in 0..1."""
    return min(difference(a, b) for a, b in combinations(images, 2))


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two images, in 0..1."""
    return float(np.abs(a.astype(np.int16) - b).mean() / 255)


def changed_pixels(a: Sensing, b: Sensing) -> NDArray[np.bool_]:
    """Pixels [height, width] whose instance or depth (by over 2%) differs between two views through one camera."""
    return (a.ids != b.ids) | (np.abs(a.depth - b.depth) > 0.02 * a.depth)


def changed_share(a: Sensing, b: Sensing) -> float:
    """Share of ``changed_pixels``."""
    return float(np.mean(changed_pixels(a, b)))


def visible_share(view: Sensing, instance: Instance) -> float:
    """An instance's visible pixels as a share of the outline of its box (the convex hull of the projected corners).

    Below 1 for things that don't fill their box, even unhidden; 0 if a corner lies behind the camera.
    """
    from scipy.spatial import ConvexHull  # when asked for: every plan of a study imports this module

    assert instance.box is not None, "fixtures have no box"
    low, high = instance.box
    corners = np.array(list(product(*zip(low, high, strict=True))), float)
    pixels, depth = project(to_camera(corners, view.pose), view.camera)
    if np.any(depth <= 0):
        return 0.0
    return float(instance.visible_px / ConvexHull(pixels).volume)  # in 2D, "volume" is the area


FOOT_PARTS = 3
"""Equal parts of the lower half of an object's height, which tell whether it hides its own foot."""
EDGE_POINTS = 24


def footprint_share(view: Sensing, instance: Instance) -> float:
    """What is seen of where an instance stands, 0..1: the smaller of two shares.

    Of the base edges of its box that face the camera, the share that nothing nearer hides; and of the lower half of its
    height, the share at which any of it is seen (little, where a lamp's shade hides its foot).
    """
    assert instance.box is not None, "fixtures have no box"
    low, high = np.array(instance.box)
    points = _facing_base(low, high, np.array(view.pose.position))
    pixels, depth = project(to_camera(points, view.pose), view.camera)
    height, width = view.depth.shape
    columns, rows = np.floor(pixels).astype(int).T
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height) & (depth > 0)
    nearest = view.depth[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    unhidden = inside & (nearest > 0.98 * depth)
    own = to_world(unproject(view.depth, view.camera)[view.ids == instance.id], view.pose)
    part = np.floor((own[:, 2] - low[2]) / (high[2] - low[2]) * 2 * FOOT_PARTS)
    parts = np.isin(np.arange(FOOT_PARTS), np.maximum(part, 0))
    return float(min(unhidden.mean(), parts.mean())) if len(points) else 0.0


def _facing_base(low: NDArray[np.float64], high: NDArray[np.float64], eye: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, 3] points on the base edges of a box whose sides face ``eye``."""
    along = np.linspace(0, 1, EDGE_POINTS)
    edges = []
    for axis in (0, 1):
        for side, faces in ((low, eye[axis] < low[axis]), (high, eye[axis] > high[axis])):
            if faces:
                edge = np.tile(low, (EDGE_POINTS, 1))
                edge[:, axis] = side[axis]
                edge[:, 1 - axis] = low[1 - axis] + along * (high - low)[1 - axis]
                edges.append(edge)
    return np.concatenate(edges) if edges else np.zeros((0, 3))
