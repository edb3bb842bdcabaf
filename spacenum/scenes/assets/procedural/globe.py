"""Globe: the Earth with its continents, tilted in a meridian ring on a round stand."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import NDArray

from spacenum.scenes.assets.mesh import Colour, Material, Part, Size, cylinder, ellipsoid, extrude, fit, lathe, tube
from spacenum.scenes.assets.palette import BRASS, STEEL, pick, wood
from spacenum.scenes.assets.parts.pictures import disc
from spacenum.scenes.assets.parts.shapes import moved, turned

TILT_DEG = 23.4
# Coast lines in the rough, as (longitude, latitude) in degrees.
LANDS: dict[str, tuple[tuple[float, float], ...]] = {
    "north america": (
        (-168, 66), (-155, 71), (-125, 70), (-95, 72), (-80, 73), (-62, 60), (-56, 52), (-66, 44), (-75, 36), (-81, 26),
        (-90, 30), (-97, 26), (-95, 18), (-88, 20), (-84, 10), (-79, 8), (-92, 14), (-106, 20), (-117, 32), (-124, 42),
        (-130, 54), (-150, 60), (-165, 58),
    ),
    "south america": (
        (-79, 9), (-72, 12), (-60, 8), (-50, 0), (-35, -6), (-39, -16), (-48, -26), (-57, -36), (-65, -44), (-69, -54),
        (-74, -50), (-72, -30), (-71, -18), (-81, -5),
    ),
    "africa": (
        (-17, 15), (-9, 32), (0, 36), (11, 37), (20, 32), (32, 31), (40, 16), (51, 11), (40, -4), (40, -16), (33, -26),
        (27, -34), (18, -34), (12, -18), (13, -5), (8, 4), (-8, 5),
    ),
    "eurasia": (
        (-9, 37), (-9, 43), (-2, 44), (-4, 48), (5, 53), (8, 57), (5, 60), (14, 67), (27, 71), (45, 67), (70, 72),
        (105, 77), (140, 73), (179, 68), (162, 60), (156, 52), (140, 54), (130, 43), (127, 36), (121, 38), (121, 29),
        (108, 20), (107, 11), (100, 13), (103, 2), (98, 10), (92, 21), (80, 14), (77, 8), (72, 20), (58, 25), (58, 21),
        (45, 13), (35, 30), (36, 36), (27, 37), (22, 38), (14, 44),
    ),
    "australia": (
        (114, -22), (122, -17), (131, -12), (142, -11), (146, -19), (153, -27), (150, -37), (131, -32), (116, -34),
    ),
    "greenland": ((-44, 60), (-22, 70), (-20, 80), (-40, 83), (-65, 80), (-55, 70)),
}  # fmt: skip
COLOURS: tuple[Colour, ...] = (
    (0.80, 0.55, 0.24), (0.36, 0.60, 0.28), (0.86, 0.74, 0.34), (0.52, 0.64, 0.34), (0.78, 0.42, 0.28),
    (0.92, 0.93, 0.94),
)  # fmt: skip


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    metal = pick((BRASS, STEEL), rng)
    stand = wood(rng) if rng.random() < 0.6 else metal
    r = min(0.44 * min(w, d), 0.4 * h)
    sea = Material(pick(((0.16, 0.42, 0.68), (0.22, 0.52, 0.74), (0.12, 0.32, 0.55)), rng), 0.3)
    ball = [ellipsoid((r, r, r), (0, 0, 0), sea), *_lands(1.012 * r)]
    ball = turned(ball, rng.uniform(0, 360))
    a = np.radians(np.linspace(-90, 90, 25))
    ring = 1.1 * r
    ball.append(tube(np.column_stack([ring * np.cos(a), 0 * a, ring * np.sin(a)]), 0.03 * r, metal, 10))
    for s in (-1, 1):
        z = 0.97 * r if s > 0 else -1.14 * r
        ball.append(cylinder(0.045 * r, 0.17 * r, (0, 0, z), metal, sections=12))
    centre = h - 1.12 * r
    parts = moved(turned(ball, TILT_DEG, "y"), (0, 0, centre))
    under = centre - ring
    foot = [
        (0, 0.4 * under),
        (0.34 * r, 0.4 * under),
        (0.1 * r, 0.75 * under),
        (0.09 * r, under + 0.05 * r),
        (0, under + 0.05 * r),
    ]
    parts.append(lathe(foot, (0, 0, 0), stand, 24))
    parts.append(extrude(disc(0, 0, w / 2, d / 2, 40), 0.3 * under, (0, 0, 0), stand))
    parts.append(extrude(disc(0, 0, 0.4 * w, 0.4 * d, 40), 0.5 * under, (0, 0, 0), stand))
    return fit(parts, size)


def _lands(radius: float) -> list[Part]:
    """The continents as solids that stick out of the sea to ``radius`` metres."""
    sphere = trimesh.creation.icosphere(subdivisions=4)
    middle = sphere.triangles_center
    latitude = np.degrees(np.arcsin(middle[:, 2] / np.linalg.norm(middle, axis=1)))
    longitude = np.degrees(np.arctan2(middle[:, 1], middle[:, 0]))
    parts = []
    for outline, colour in zip(LANDS.values(), COLOURS, strict=True):
        parts.append(
            _cap(sphere, _inside(np.array(outline, float), longitude, latitude), radius, Material(colour, 0.5))
        )
    parts.append(_cap(sphere, latitude < -76, radius, Material(COLOURS[-1], 0.5)))
    return parts


def _cap(sphere: trimesh.Trimesh, chosen: NDArray[np.bool_], radius: float, material: Material) -> Part:
    """The chosen triangles of a unit sphere at ``radius``, closed by a cone to the sphere's centre."""
    corners = np.asarray(sphere.faces, np.int64)
    while len(pinched := _pinched(corners[chosen])):
        chosen = chosen | np.isin(corners, pinched).any(axis=1)
    top = corners[chosen]
    rim = _rim(top)
    vertices = np.concatenate([radius * np.asarray(sphere.vertices, float), np.zeros((1, 3))])
    cone = np.column_stack([rim[:, 1], rim[:, 0], np.full(len(rim), len(vertices) - 1)])
    faces = np.concatenate([top, cone])
    used, inverse = np.unique(faces, return_inverse=True)
    return Part(vertices[used], inverse.reshape(faces.shape).astype(np.int64), material, True)


def _rim(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The edges [n, 2] that only one of the triangles has, in its direction."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    known = {(int(a), int(b)) for a, b in edges}
    return np.array(sorted((a, b) for a, b in known if (b, a) not in known), np.int64)


def _pinched(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Corners in which the rim touches itself."""
    corners, times = np.unique(_rim(faces)[:, 0], return_counts=True)
    return corners[times > 1]


def _inside(outline: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points lie in a polygon [n, 2] (even-odd rule)."""
    inside = np.zeros(len(x), bool)
    for (ax, ay), (bx, by) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return inside
