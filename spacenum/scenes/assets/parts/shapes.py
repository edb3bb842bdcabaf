"""Shapes beyond the toolkit: curves, outlines, lofted shells, struts and slabs, and moving several parts at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from spacenum.scenes.assets.mesh import Colour, Material, Part, hull

GREENS: tuple[Colour, ...] = ((0.20, 0.44, 0.18), (0.30, 0.52, 0.22), (0.14, 0.36, 0.20), (0.38, 0.54, 0.26))

COVERS: tuple[Colour, ...] = (
    (0.62, 0.14, 0.13), (0.13, 0.26, 0.48), (0.14, 0.38, 0.27), (0.82, 0.60, 0.18), (0.36, 0.20, 0.42),
    (0.80, 0.38, 0.16), (0.16, 0.46, 0.52), (0.30, 0.20, 0.14), (0.86, 0.84, 0.78),
)  # fmt: skip


def shade(colour: Colour, by: float) -> Colour:
    """A colour made darker (by < 1) or lighter (by > 1), kept within 0..1."""
    r, g, b = (min(1.0, by * c) for c in colour)
    return (r, g, b)


def curve(points: ArrayLike, count: int = 12) -> NDArray[np.float64]:
    """[count, 3]: a smooth path through the given points [n, 3], for ``tube``."""
    points = np.asarray(points, float)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return np.asarray(CubicSpline(along, points)(np.linspace(0, along[-1], count)), float)


def oval(
    half: tuple[float, float], z: float, at: tuple[float, float] = (0, 0), back: float | None = None, count: int = 32
) -> NDArray[np.float64]:
    """[count, 3]: ellipse with semi-axes ``half`` (x, y) about ``at``; towards +Y it may reach ``back`` instead."""
    a = np.linspace(0, 2 * np.pi, count, endpoint=False)
    reach = np.where(np.sin(a) > 0, half[1] if back is None else back, half[1])
    return np.column_stack([at[0] + half[0] * np.cos(a), at[1] + reach * np.sin(a), np.full(count, z)])


def rounded(
    size: tuple[float, float], z: float, radius: float, at: tuple[float, float] = (0, 0), per_corner: int = 6
) -> NDArray[np.float64]:
    """[4 * per_corner, 3]: rectangle ``size`` (x, y) about ``at`` with corners of ``radius``, at height ``z``."""
    r = min(radius, 0.499 * min(size))
    points = []
    for k, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        a = np.pi / 2 * (k + np.linspace(0, 1, per_corner))
        x, y = sx * (size[0] / 2 - r) + r * np.cos(a), sy * (size[1] / 2 - r) + r * np.sin(a)
        points.append(np.column_stack([at[0] + x, at[1] + y, np.full(per_corner, z)]))
    return np.concatenate(points)


def loft(rings: Sequence[NDArray[np.float64]], material: Material, closed: bool = False) -> Part:
    """Skin over rings of equally many points [n, 3], each counter-clockwise seen from where the rings go to.

    The ends are capped; with ``closed`` the last ring joins the first instead (a frame). A tub goes up outside, then
    down inside.
    """
    count, n = len(rings), len(rings[0])
    i, j = np.arange(n), np.roll(np.arange(n), -1)
    faces = []
    for k in range(count if closed else count - 1):
        a, b = k * n, (k + 1) % count * n
        faces += [np.column_stack([a + i, a + j, b + j]), np.column_stack([a + i, b + j, b + i])]
    vertices = np.concatenate(rings)
    if not closed:
        first, last, end = len(vertices), len(vertices) + 1, (count - 1) * n
        vertices = np.concatenate([vertices, rings[0].mean(0, keepdims=True), rings[-1].mean(0, keepdims=True)])
        faces += [np.column_stack([np.full(n, first), j, i]), np.column_stack([np.full(n, last), end + i, end + j])]
    return Part(vertices, np.concatenate(faces).astype(np.int64), material, True)


def turned(parts: Iterable[Part], degrees: float, axis: str = "z", about: ArrayLike = (0, 0, 0)) -> list[Part]:
    """All parts turned counter-clockwise about an axis through the point ``about``."""
    pivot = np.asarray(about, float)
    return [part.moved(-pivot).turned(degrees, axis).moved(pivot) for part in parts]


def moved(parts: Iterable[Part], by: ArrayLike) -> list[Part]:
    """All parts moved by a vector in metres."""
    return [part.moved(by) for part in parts]


Place = tuple[float, float, float]


def clip(value: float, low: float, high: float) -> float:
    """``value`` kept within [low, high]."""
    return float(min(max(value, low), high))


def tint(material: Material, factor: float) -> Material:
    """The same material with colours multiplied by ``factor`` (below 1: darker), at most white."""
    second = None if material.colour2 is None else shade(material.colour2, factor)
    return replace(material, colour=shade(material.colour, factor), colour2=second)


def solid(vertices: NDArray[np.float64], faces: NDArray[np.int64], material: Material, smooth: bool) -> Part:
    """A part whose faces all look outwards, from faces that are wound alike."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    volume = float(np.einsum("ij,ij->", a, np.cross(b, c)))
    return Part(vertices, faces if volume > 0 else faces[:, ::-1], material, smooth)


def strut(start: Place, end: Place, r_start: float, r_end: float, material: Material, sides: int = 12) -> Part:
    """Straight bar whose radius goes from ``r_start`` to ``r_end`` (metres); its ends lie across its main axis.

    sides 4: square, with radius as half of the side; more: round.
    """
    angles = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * (np.sqrt(2) if sides == 4 else 1)
    axis = int(np.argmax(np.abs(np.subtract(end, start))))
    across = [k for k in range(3) if k != axis]
    points = np.zeros((2 * sides, 3))
    points[:sides, across], points[sides:, across] = r_start * ring, r_end * ring
    points[:sides] += start
    points[sides:] += end
    return hull(points, material, smooth=sides > 4)


def slab(front: ArrayLike, back: ArrayLike, material: Material, smooth: bool = True) -> Part:
    """Closed solid between two grids of points [n, m, 3] that face each other: bent boards, cloth, pillows."""
    front, back = np.asarray(front, float), np.asarray(back, float)
    n, m = front.shape[:2]
    index = np.arange(n * m).reshape(n, m)
    sheet = quads(index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1])
    edge = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    following = np.roll(edge, -1)
    sides = quads(following, edge, edge + n * m, following + n * m)
    vertices = np.concatenate([front.reshape(-1, 3), back.reshape(-1, 3)])
    return solid(vertices, np.concatenate([sheet, sheet[:, ::-1] + n * m, sides]), material, smooth)


def quads(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> NDArray[np.int64]:
    a, b, c, d = (np.ravel(v) for v in (a, b, c, d))
    return np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.int64)


def superellipse(width: float, depth: float, z: float, power: float = 2.0, count: int = 32) -> NDArray[np.float64]:
    """Closed curve [count, 3] at height ``z``: an ellipse (power 2) up to nearly a rectangle (power 8)."""
    angles = 2 * np.pi * np.arange(count) / count
    c, s = np.cos(angles), np.sin(angles)
    radius = (np.abs(c) ** power + np.abs(s) ** power) ** (-1 / power)
    return np.column_stack([0.5 * width * radius * c, 0.5 * depth * radius * s, np.full(count, z)])
