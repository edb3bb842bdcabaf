"""Thin sheets, leaves and pots."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spacenum.scenes.assets.mesh import Material, Part, lathe


def sheet(grid: ArrayLike, thickness: float, material: Material) -> Part:
    """Closed slab of ``thickness`` metres about a surface ``grid`` [m, n, 3]; its top lies along du x dv."""
    grid = np.asarray(grid, float)
    m, n = grid.shape[:2]
    normal = np.cross(np.gradient(grid, axis=0), np.gradient(grid, axis=1))
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-12)
    vertices = np.concatenate([(grid + s * 0.5 * thickness * normal).reshape(-1, 3) for s in (1, -1)])
    index = np.arange(m * n).reshape(m, n)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    top = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    rim = np.concatenate([index[:-1, 0], index[-1, :-1], index[:0:-1, -1], index[0, :0:-1]])
    after, low = np.roll(rim, -1), m * n
    walls = [np.column_stack([rim + low, after + low, after]), np.column_stack([rim + low, after, rim])]
    faces = np.concatenate([top, top[:, ::-1] + low, *walls])
    return Part(vertices, faces.astype(np.int64), material, True)


def leaf(
    length: float,
    width: float,
    material: Material,
    rise: float = 60,
    droop: float = 80,
    heading: float = 0,
    at: ArrayLike = (0, 0, 0),
    steps: int = 6,
    blade: float = 0.8,
) -> Part:
    """A pointed leaf that leaves ``at`` towards ``heading`` degrees, ``rise`` degrees up, and bends down by ``droop``.

    blade: below 1 the leaf is widest beyond its middle, above 1 nearer its root.
    """
    s = np.linspace(0, 1, steps + 1)
    angle = np.radians(rise - droop * s)
    step = length / steps
    x = np.concatenate([[0], np.cumsum(np.cos(angle[:-1]) * step)])
    z = np.concatenate([[0], np.cumsum(np.sin(angle[:-1]) * step)])
    half = 0.5 * width * np.maximum(np.sin(np.pi * s ** (1 / blade)) ** 0.8, 0.06)
    side = np.array([-1, 0, 1])
    lift = 0.3 * np.outer(half, np.abs(side))
    grid = np.stack(
        [x[:, None] - lift * np.sin(angle)[:, None], np.outer(half, side), z[:, None] + lift * np.cos(angle)[:, None]],
        axis=2,
    )
    return sheet(grid, min(0.0025, 0.06 * width), material).turned(heading).moved(at)


def leaf_to(
    reach: float,
    climb: float,
    width: float,
    material: Material,
    droop: float,
    heading: float,
    at: ArrayLike,
    steps: int = 5,
) -> Part:
    """A leaf whose tip lies ``reach`` metres out and ``climb`` up from ``at``,
    and that bends down by ``droop`` degrees."""
    half = np.radians(droop) / 2
    length = float(np.hypot(reach, climb) * half / np.sin(half))
    rise = float(np.degrees(np.arctan2(climb, reach))) + droop / 2
    return leaf(length, width, material, rise, droop, heading, at, steps)


def pot(radius: float, height: float, material: Material, sections: int = 28, taper: float = 0.72) -> list[Part]:
    """A flower pot with a rim and soil: ``radius`` at the rim, foot ``taper`` times as wide, both in metres."""
    wall, lip = 0.09 * radius, 0.18 * height
    profile = [
        (0, 0), (taper * radius, 0), (0.93 * radius, height - lip), (radius, height - lip), (radius, height),
        (radius - wall, height), (0.88 * radius, height - lip), (0.86 * radius, 0.6 * height), (0, 0.6 * height),
    ]  # fmt: skip
    soil = Material((0.16, 0.11, 0.08), 1.0, pattern="speckle", colour2=(0.28, 0.20, 0.14), scale=0.02)
    top = height - 0.8 * lip
    earth = [
        (0, 0.65 * height),
        (0.87 * radius, 0.65 * height),
        (0.9 * radius, top),
        (0.5 * radius, top + 0.1 * lip),
        (0, top + 0.15 * lip),
    ]
    return [lathe(profile, (0, 0, 0), material, sections), lathe(earth, (0, 0, 0), soil, sections)]
