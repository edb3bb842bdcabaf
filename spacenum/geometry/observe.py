"""What depth, masks and intrinsics alone tell: the estimators behind the ideal observer.

Nothing here sees a pose, a box or the truth. Both the control "can this be solved at all?" and the ``ideal_observer``
baseline call these functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spacenum.core.arrays import Array
from spacenum.geometry.camera import Intrinsics, project, unproject
from spacenum.geometry.poses import (
    MAX_HORIZON_DEG,
    MIN_HORIZON_DEG,
    Action,
    CameraPose,
    motion_of,
    moved,
    world_from_camera,
)

STRIDE = 3
HORIZONS_DEG = np.arange(MIN_HORIZON_DEG - 2, MAX_HORIZON_DEG + 2.5, 0.5)
LEVEL_TOLERANCE_DEG = 1.5
MIN_SHARED = 0.04


@dataclass(frozen=True, eq=False)
class View:
    """One image's sensors: depth in metres along the view axis [h, w], instance ids [h, w], and the intrinsics."""

    depth: Array
    ids: NDArray[np.int64]
    camera: Intrinsics

    @cached_property
    def points(self) -> Array:
        """Camera-frame points [h, w, 3] in metres."""
        return unproject(self.depth, self.camera)

    @cached_property
    def horizons(self) -> list[float]:
        """Camera pitches (degrees, down positive) under which many surfaces lie level, the likeliest first.

        Rooms are full of level surfaces: at the true pitch many normals are vertical. A wall that is seen while looking
        steeply down can mimic the floor, so up to three peaks are returned.
        """
        points = self.points[::STRIDE, ::STRIDE]
        across, down = np.diff(points, axis=1)[:-1], np.diff(points, axis=0)[:, :-1]
        normals = np.cross(across, down).reshape(-1, 3)
        lengths = np.linalg.norm(normals, axis=1)
        normals = normals[lengths > 0] / lengths[lengths > 0, None]
        h, level = np.radians(HORIZONS_DEG), np.cos(np.radians(LEVEL_TOLERANCE_DEG))
        up = np.stack([np.zeros_like(h), -np.cos(h), -np.sin(h)])
        upright = normals[np.hypot(normals[:, 1], normals[:, 2]) > level - 1e-9]  # the others are level at no pitch
        votes = (np.abs(upright @ up) > level).sum(axis=0).astype(float)
        from scipy.signal import find_peaks  # takes half a second to load, which no plan should wait for

        peaks, _ = find_peaks(np.concatenate([[0.0], votes, [0.0]]), distance=8)
        ranked = sorted(peaks - 1, key=lambda i: -votes[i])[:3]
        return [_refined(float(HORIZONS_DEG[i]), normals) for i in ranked]


def _refined(horizon: float, normals: Array) -> float:
    """The pitch of the mean normal among those that are level at ``horizon``."""
    h = np.radians(horizon)
    up = np.array([0.0, -np.cos(h), -np.sin(h)])
    cosine = normals @ up
    level = normals[np.abs(cosine) > np.cos(np.radians(2 * LEVEL_TOLERANCE_DEG))]
    mean = np.median(level * np.sign(level @ up)[:, None], axis=0)
    return float(np.degrees(np.arctan2(-mean[2], -mean[1])))


def agreement(before: View, after: View, action: Action, horizon: float) -> float:
    """How well ``action``, done at camera pitch ``horizon``, turns one view into the other: share of points in 0..1.

    Both ways, the smaller: of the points that would stay in view, the share at which the other view has that depth and
    the same instance. 0 if almost nothing would stay in view.
    """
    start = CameraPose(position=(0, 0, 0), yaw=0, horizon=horizon)
    end = moved(start, motion_of(action))
    to_after = np.linalg.inv(world_from_camera(end)) @ world_from_camera(start)
    return min(_matches(before, after, to_after), _matches(after, before, np.linalg.inv(to_after)))


def _matches(a: View, b: View, to_b: Array) -> float:
    points = a.points[::STRIDE, ::STRIDE].reshape(-1, 3)
    ids = a.ids[::STRIDE, ::STRIDE].ravel()
    pixels, depth = project(points @ to_b[:3, :3].T + to_b[:3, 3], b.camera)
    inside = (
        (pixels[:, 0] >= 0) & (pixels[:, 0] < b.camera.width) & (pixels[:, 1] >= 0) & (pixels[:, 1] < b.camera.height)
    )
    if inside.sum() < MIN_SHARED * len(points):
        return 0.0
    columns, rows = pixels[inside].astype(int).T
    close = np.abs(b.depth[rows, columns] - depth[inside]) < 0.01 + 0.01 * depth[inside]
    return float(np.mean(close & (b.ids[rows, columns] == ids[inside])))


def best_magnitude(before: View, after: View, actions: Sequence[Action]) -> int:
    """Index of the action that best explains the step from one view to the other."""
    return int(np.argmax(best_agreements(before, [after], actions)))


def best_image(before: View, candidates: Sequence[View], action: Action) -> int:
    """Index of the view that ``action`` best explains."""
    return int(np.argmax(best_agreements(before, candidates, [action])))


def best_agreements(before: View, after: Sequence[View], actions: Sequence[Action]) -> Array:
    """``agreement`` of each view with each action [views, actions], at the pitch that suits that pair best.

    ValueError if nothing tells the pitch.
    """
    if not before.horizons:
        raise ValueError("no level surface in view")
    return np.array([[_best_agreement(before, view, action) for action in actions] for view in after])


def _best_agreement(before: View, after: View, action: Action) -> float:
    return max(agreement(before, after, action, h) for h in before.horizons)


@dataclass(frozen=True)
class Reference:
    """An anchor as the map gives it: its corners [2, d] in map numbers, and its mask [h, w]."""

    corners: Array
    mask: NDArray[np.bool_]


def measured_corners(view: View, origin: Reference, direction: Reference, target: NDArray[np.bool_]) -> Array:
    """The target's corners [2, d] in map numbers, from the visible points of the three objects.

    The pitch comes from the ground; the heading from the two anchors (the x axis joins their base centres, and all
    boxes stand along it); scale and origin from where the anchors' numbers put them. Raises ValueError if one of the
    three shows too few points.
    """
    if not view.horizons:
        raise ValueError("no level surface in view")
    level = world_from_camera(CameraPose(position=(0, 0, 0), yaw=0, horizon=view.horizons[0]))[:3, :3]
    clouds = [_outline(view.points[mask] @ level.T) for mask in (origin.mask, direction.mask, target)]
    heading = _heading(clouds)
    extents = [_extent(_turned(cloud, heading)) for cloud in clouds]
    d = origin.corners.shape[1]
    scale, shift = _map_from_metres(extents[:2], [origin.corners, direction.corners], d)
    return extents[2][:, :d] * scale + shift


def _outline(cloud: Array) -> Array:
    """The few points of a cloud that its extents about the vertical axis, and along it, depend on."""
    if len(cloud) < 10:
        raise ValueError("an object shows too few points")
    from scipy.spatial import ConvexHull, QhullError

    try:
        corners = ConvexHull(cloud[:, :2]).vertices
    except QhullError:
        raise ValueError("an object shows only a line of points") from None
    return cloud[[*corners, cloud[:, 2].argmin(), cloud[:, 2].argmax()]]


def _turned(cloud: Array, heading: float) -> Array:
    """The cloud with ``heading`` (radians, counter-clockwise) along +X."""
    c, s = np.cos(heading), np.sin(heading)
    return cloud @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _extent(cloud: Array) -> Array:
    return np.stack([cloud.min(axis=0), cloud.max(axis=0)])


def _heading(clouds: Sequence[Array]) -> float:
    """The direction along which all boxes are tightest, near that from the first anchor to the second."""
    middles = [_extent(cloud).mean(axis=0) for cloud in clouds[:2]]
    first = float(np.arctan2(*(middles[1] - middles[0])[1::-1]))

    def looseness(heading: float) -> float:
        extents = [_extent(_turned(cloud, heading)) for cloud in clouds]
        areas = sum(float(np.prod((e[1] - e[0])[:2])) for e in extents)
        aside = abs(float(np.mean(extents[0][:, 1]) - np.mean(extents[1][:, 1])))
        reach = float(np.ptp([e.mean(axis=0)[0] for e in extents[:2]]))
        return areas + aside * reach

    coarse = first + np.radians(np.arange(-30, 30.1, 1.0))
    best = min(coarse, key=looseness)
    from scipy.optimize import minimize_scalar

    fine = minimize_scalar(looseness, bounds=(best - np.radians(1.5), best + np.radians(1.5)), method="bounded")
    return float(fine.x)


def _map_from_metres(extents: Sequence[Array], corners: Sequence[Array], d: int) -> tuple[float, Array]:
    """Scale and shift [d] that best take the anchors' extents in metres to their numbers (least squares)."""
    rows, values = [], []
    for extent, corner in zip(extents, corners, strict=True):
        for end in (0, 1):
            for axis in range(d):
                rows.append([extent[end, axis], *(1.0 if axis == k else 0.0 for k in range(d))])
                values.append(corner[end, axis])
    solution, *_ = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)
    return float(solution[0]), solution[1:]


def mirrored_corners(corners: Array, origin: Array) -> Array:
    """Corners [2, d] in map numbers (d >= 2) as a reader writes them whose y points to the right of x.

    They are mirrored at the x axis, which runs through the middle of the origin anchor [2, d], whose own stay the same.
    """
    mirrored = corners.astype(float)
    mirrored[:, 1] = origin[:, 1].sum() - corners[::-1, 1]
    return mirrored


def nearest_option(corners: Array, options: Sequence[Array]) -> int:
    """Index of the option [2, d] whose numbers differ least in sum from ``corners``."""
    return int(np.argmin([np.abs(corners - option).sum() for option in options]))
