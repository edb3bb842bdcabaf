"""The paper's collection controls, measured: overlap, anchors, validity, differing candidates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from spacenum.frames.settings import ControlsConfig
from spacenum.geometry.camera import Intrinsics, project, to_camera, to_world, unproject
from spacenum.simulators.base import Instance, Sensing

REFERENCE_PIXELS = 320 * 320


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
    """Names of the object instances that show enough pixels; fixtures don't count."""
    floor = scaled(controls.min_anchor_pixels, view.camera)
    return {i.name for i in view.instances if not i.fixture and i.visible_px >= floor}


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


def smallest_difference(images: Sequence[NDArray[np.uint8]]) -> float:
    """The smallest mean absolute difference between any two images, in 0..1."""
    return min(difference(a, b) for a, b in combinations(images, 2))


def difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two images, in 0..1."""
    return float(np.abs(a.astype(np.int16) - b).mean() / 255)


def changed_share(a: Sensing, b: Sensing) -> float:
    """Share of the pixels whose instance or depth (by over 2%) differs between two views through one camera."""
    return float(np.mean((a.ids != b.ids) | (np.abs(a.depth - b.depth) > 0.02 * a.depth)))


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
