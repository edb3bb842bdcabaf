"""Pieces that several kinds of objects share: lofted shells, curves, cabinet fronts, taps; thin sheets and leaves,
flat coloured pictures, pots and books.

All lengths are metres, in the frame of ``mesh`` (front towards -Y).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from spacenum.scenes.assets.mesh import (
    Colour,
    Material,
    Part,
    Size,
    box,
    cushion,
    cylinder,
    ellipsoid,
    extrude,
    frustum,
    hull,
    lathe,
    tube,
)
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, PAPER, STEEL, pick, wood

Outline = NDArray[np.float64]
Shape = tuple[Outline, Colour]

KITCHEN_PAINTS: tuple[Colour, ...] = (
    (0.92, 0.91, 0.88), (0.62, 0.65, 0.67), (0.20, 0.28, 0.38), (0.50, 0.58, 0.50), (0.80, 0.74, 0.62),
    (0.34, 0.36, 0.38),
)  # fmt: skip
COUNTERS: tuple[Material, ...] = (
    Material((0.90, 0.89, 0.87), 0.25, pattern="marble", colour2=(0.66, 0.66, 0.67), scale=0.12),
    Material((0.16, 0.16, 0.17), 0.25, pattern="speckle", colour2=(0.30, 0.30, 0.31), scale=0.012),
    Material((0.66, 0.62, 0.56), 0.35, pattern="speckle", colour2=(0.52, 0.48, 0.43), scale=0.014),
    Material((0.66, 0.47, 0.29), 0.45, pattern="wood", colour2=(0.54, 0.36, 0.20), scale=0.06),
)
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


def bar_handle(length: float, at: ArrayLike, material: Material, axis: str = "x", reach: float = 0.03) -> list[Part]:
    """Round bar of ``length`` along x or z on two posts; ``at``: its middle on the face (y); sticks out ``reach``."""
    x, y, z = np.asarray(at, float)
    r = 0.2 * reach
    way = np.array([1.0, 0, 0]) if axis == "x" else np.array([0, 0, 1.0])
    middle = np.array([x, y - reach + r, z])
    bar = tube([middle - length / 2 * way, middle, middle + length / 2 * way], r, material, 10)
    posts = [
        tube([middle + [0, reach, 0] + s * 0.38 * length * way, middle + s * 0.38 * length * way], 0.8 * r, material, 8)
        for s in (-1, 1)
    ]
    return [bar, *posts]


def knob(at: ArrayLike, material: Material, radius: float = 0.015) -> list[Part]:
    """Round furniture knob that sticks out of the face ``at`` towards -Y by twice its radius."""
    x, y, z = np.asarray(at, float)
    neck = cylinder(0.5 * radius, 1.4 * radius, (x, y - 1.2 * radius, z), material, axis="y", sections=10)
    return [neck, ellipsoid((radius, 0.6 * radius, radius), (x, y - 1.4 * radius, z), material, 1)]


@dataclass(frozen=True)
class Fronts:
    """How the doors and drawers of a cabinet look. handle: "bar" or "knob"; framed: panel within a raised frame."""

    face: Material
    metal: Material
    counter: Material
    handle: str
    framed: bool


def kitchen_fronts(rng: np.random.Generator) -> Fronts:
    """A kitchen style; cabinets of the same seed draw it first, so that they match."""
    face = wood(rng) if rng.random() < 0.35 else Material(pick(KITCHEN_PAINTS, rng), roughness=0.45)
    metal = pick((STEEL, BLACK_METAL, BRASS), rng)
    counter = pick(COUNTERS[:3] if face.pattern == "wood" else COUNTERS, rng)
    return Fronts(face, metal, counter, pick(("bar", "bar", "knob"), rng), bool(rng.random() < 0.5))


def front(size: tuple[float, float], at: ArrayLike, style: Fronts, handle: str) -> list[Part]:
    """One door or drawer front of ``size`` (x, z), base centre ``at`` on the carcass, 18 mm thick towards -Y.

    handle: "" for none, else where it sits: "centre" (drawer), or "left"/"right" with "top"/"bottom" ("left top").
    """
    (w, h), (x, y, z) = size, np.asarray(at, float)
    rail = min(0.06, 0.24 * w, 0.24 * h)
    thick = 0.012 if style.framed else 0.018
    parts = [box((w, thick, h), (x, y - thick / 2, z), style.face, 0.002)]
    if style.framed:
        for side in (-1, 1):
            parts.append(box((rail, 0.016, h), (x + side * (w - rail) / 2, y - 0.010, z), style.face, 0.002))
            bottom = z if side < 0 else z + h - rail
            parts.append(box((w - 2 * rail, 0.015, rail), (x, y - 0.010, bottom), style.face, 0.002))
    if not handle:
        return parts
    out, long = y - 0.017, min(0.16, 0.5 * max(w, h))
    if handle == "centre":
        spot, axis = (x, out, z + h / 2), "x"
        long = min(long, 0.6 * w)
    else:
        bottom = z + 0.03 + (long / 2 if style.handle == "bar" else 0.03)
        top = 2 * z + h - bottom
        spot = (
            x + (-1 if "left" in handle else 1) * (w / 2 - max(0.03, rail / 2)),
            out,
            top if "top" in handle else bottom,
        )
        axis = "z"
    return parts + (
        bar_handle(long, spot, style.metal, axis, 0.027) if style.handle == "bar" else knob(spot, style.metal)
    )


def doors(size: tuple[float, float], at: ArrayLike, style: Fronts, count: int, height: str = "top") -> list[Part]:
    """``count`` doors side by side filling ``size`` (x, z) from base centre ``at``; pairs open from their middle."""
    (w, h), (x, y, z) = size, np.asarray(at, float)
    each = w / count
    parts = []
    for k in range(count):
        inner = "right" if k % 2 == 0 else "left"
        spot = (x - w / 2 + (k + 0.5) * each, y, z + 0.0015)
        parts += front((each - 0.004, h - 0.003), spot, style, f"{inner} {height}")
    return parts


def drawers(size: tuple[float, float], at: ArrayLike, style: Fronts, heights: Sequence[float]) -> list[Part]:
    """Drawer fronts stacked from the bottom, in the proportion of ``heights``, filling ``size`` (x, z)."""
    (w, h), (x, y, z) = size, np.asarray(at, float)
    parts = []
    for share in np.asarray(heights, float) / sum(heights):
        parts += front((w - 0.004, h * share - 0.003), (x, y, z + 0.0015), style, "centre")
        z += h * share
    return parts


def gooseneck_tap(at: ArrayLike, height: float, reach: float, material: Material) -> list[Part]:
    """Tall kitchen tap standing ``at``, its bow towards -Y over ``reach``, with a lever at the right."""
    foot = np.asarray(at, float)
    r = min(0.014, 0.07 * height)
    bow = reach / 2
    a = np.linspace(0, np.pi, 12)
    arc = np.column_stack([np.zeros(12), -bow + bow * np.cos(a), height - r - bow + bow * np.sin(a)])
    path = np.concatenate([[(0, 0, 0), (0, 0, 0.5 * (height - bow))], arc, [(0, -reach, arc[-1, 2] - 0.25 * bow)]])
    nozzle = cylinder(1.3 * r, 0.35 * bow, foot + [0, -reach, arc[-1, 2] - 0.5 * bow], material, sections=16)
    body = cylinder(1.8 * r, 0.3 * height, foot, material, sections=20)
    lever = tube(
        foot + [(0, 0, 0.2 * height), (0.06, 0, 0.26 * height), (0.09, 0, 0.33 * height)], 0.6 * r, material, 10
    )
    return [tube(foot + path, r, material, 14), nozzle, body, lever]


def mixer_tap(at: ArrayLike, height: float, reach: float, material: Material) -> list[Part]:
    """Low bathroom tap standing ``at``: body, spout towards -Y over ``reach``, lever on top (``height`` in all)."""
    foot = np.asarray(at, float)
    r = 0.13 * height
    spout = curve([(0, 0, 0.45 * height), (0, -0.6 * reach, 0.62 * height), (0, -reach, 0.45 * height)])
    lever = np.array([(0, 0.1 * reach, 0.86 * height), (0, -0.55 * reach, height - 0.4 * r)])
    return [
        cylinder(1.5 * r, 0.06 * height, foot, material, sections=20),
        frustum(1.15 * r, r, 0.8 * height, foot, material, sections=20),
        ellipsoid((1.1 * r, 1.1 * r, 0.12 * height), foot + [0, 0, 0.8 * height], material, 2),
        tube(foot + spout, 0.75 * r, material, 12),
        tube(foot + lever, 0.4 * r, material, 10),
    ]


def turned(parts: Iterable[Part], degrees: float, axis: str = "z", about: ArrayLike = (0, 0, 0)) -> list[Part]:
    """All parts turned counter-clockwise about an axis through the point ``about``."""
    pivot = np.asarray(about, float)
    return [part.moved(-pivot).turned(degrees, axis).moved(pivot) for part in parts]


def moved(parts: Iterable[Part], by: ArrayLike) -> list[Part]:
    """All parts moved by a vector in metres."""
    return [part.moved(by) for part in parts]


# --- thin sheets --------------------------------------------------------------------------------------------------


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
    """A leaf whose tip lies ``reach`` metres out and ``climb`` up from ``at``, and that bends down by ``droop`` degrees."""
    half = np.radians(droop) / 2
    length = float(np.hypot(reach, climb) * half / np.sin(half))
    rise = float(np.degrees(np.arctan2(climb, reach))) + droop / 2
    return leaf(length, width, material, rise, droop, heading, at, steps)


# --- flat pictures: shapes (convex outline [n, 2] of x, z in metres, colour), drawn one upon another ------------------


def rectangle(x: float, z: float, w: float, h: float) -> Outline:
    """Outline of a rectangle about (x, z)."""
    return np.array([(x - w / 2, z - h / 2), (x + w / 2, z - h / 2), (x + w / 2, z + h / 2), (x - w / 2, z + h / 2)])


def disc(x: float, z: float, rx: float, rz: float, sides: int = 24) -> Outline:
    """Outline of an ellipse about (x, z)."""
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return np.column_stack([x + rx * np.cos(angles), z + rz * np.sin(angles)])


def clipped(outline: ArrayLike, w: float, h: float) -> Outline:
    """What of a convex outline lies in the rectangle of w x h metres about the origin (Sutherland and Hodgman)."""
    points = [np.asarray(p, float) for p in np.asarray(outline, float)]
    for axis, sign, limit in ((0, 1, w / 2), (0, -1, w / 2), (1, 1, h / 2), (1, -1, h / 2)):
        kept: list[NDArray[np.float64]] = []
        for a, b in zip(points, points[1:] + points[:1], strict=True):
            inside_a, inside_b = sign * a[axis] <= limit, sign * b[axis] <= limit
            if inside_a:
                kept.append(a)
            if inside_a != inside_b:
                kept.append(a + (b - a) * (sign * limit - a[axis]) / (b[axis] - a[axis]))
        points = kept
    return np.array(points) if points else np.empty((0, 2))


def plate(outline: ArrayLike, front: float, back: float, material: Material) -> Part:
    """Upright prism over a convex outline [n, 2] of (x, z), from y = ``front`` (towards the viewer) to ``back``."""
    outline = np.asarray(outline, float)
    return hull(np.concatenate([np.insert(outline, 1, y, axis=1) for y in (front, back)]), material)


def upright(
    shapes: Sequence[Shape], front: float, step: float, emission: float = 0.0, roughness: float = 0.6
) -> list[Part]:
    """Shapes as thin plates that face -Y, the first at y = ``front``; each lies ``step`` metres before what it covers."""
    parts: list[Part] = []
    drawn: list[tuple[NDArray[np.float64], NDArray[np.float64], int]] = []
    for outline, colour in shapes:
        if _area(outline) < 1e-6:
            continue
        low, high = outline.min(axis=0), outline.max(axis=0)
        level = max((k + 1 for a, b, k in drawn if (low < b).all() and (a < high).all()), default=0)
        drawn.append((low, high, level))
        material = Material(colour, roughness, emission=emission)
        parts.append(plate(outline, front - level * step, front + 0.002, material))
    return parts


def _area(outline: Outline) -> float:
    if len(outline) < 3:
        return 0.0
    x, z = outline.T
    return abs(float(x @ np.roll(z, -1) - z @ np.roll(x, -1))) / 2


def landscape(w: float, h: float, rng: np.random.Generator) -> list[Shape]:
    """Sky, sun, mountains with snow, hills and water or a meadow, in w x h metres about the origin."""
    sky, sun, rock, hill, near = pick(
        (
            ((0.45, 0.70, 0.92), (1.0, 0.90, 0.45), (0.42, 0.45, 0.56), (0.30, 0.52, 0.28), (0.16, 0.40, 0.62)),
            ((0.96, 0.66, 0.40), (1.0, 0.92, 0.60), (0.46, 0.28, 0.42), (0.34, 0.20, 0.32), (0.88, 0.44, 0.32)),
            ((0.70, 0.84, 0.90), (0.98, 0.80, 0.36), (0.34, 0.48, 0.60), (0.46, 0.58, 0.26), (0.80, 0.70, 0.34)),
        ),
        rng,
    )
    horizon = h * rng.uniform(-0.15, 0.0)
    shapes: list[Shape] = [(rectangle(0, 0, w, h), sky)]
    r = 0.11 * min(w, h)
    shapes.append((disc(rng.choice([-1, 1]) * rng.uniform(0.2, 0.36) * w, rng.uniform(0.24, 0.34) * h, r, r), sun))
    side = rng.choice([-1, 1])
    for x, tall, tint in ((side * 0.2 * w, 0.42 * h, 1.0), (-side * 0.24 * w, 0.3 * h, 1.15)):
        peak, foot = (x, horizon + tall), 0.34 * w
        shapes.append((np.array([(x - foot, horizon), (x + foot, horizon), peak]), shade(rock, tint)))
        cap = 0.26
        shapes.append(
            (
                np.array([(x - cap * foot, peak[1] - cap * tall), (x + cap * foot, peak[1] - cap * tall), peak]),
                (0.96, 0.96, 0.98),
            )
        )
    shapes.append((rectangle(0, (horizon - h / 2) / 2, w, horizon + h / 2), near))
    shapes.append((disc(-side * 0.45 * w, -0.5 * h, 0.6 * w, horizon + 0.5 * h, 40), hill))
    shapes.append((disc(side * 0.5 * w, -0.55 * h, 0.45 * w, 0.26 * h, 40), shade(hill, 0.75)))
    return [(clipped(outline, w, h), colour) for outline, colour in shapes]


def abstract(w: float, h: float, rng: np.random.Generator) -> list[Shape]:
    """A composition of discs, bars and triangles in strong colours, in w x h metres about the origin."""
    ground = pick(((0.93, 0.88, 0.78), (0.20, 0.28, 0.40), (0.86, 0.86, 0.84)), rng)
    tones: tuple[Colour, ...] = (
        (0.80, 0.24, 0.18), (0.93, 0.70, 0.20), (0.14, 0.38, 0.58), (0.16, 0.48, 0.42), (0.90, 0.52, 0.40), (0.12, 0.12, 0.16),
    )  # fmt: skip
    order = rng.permutation(len(tones))
    m = min(w, h)
    shapes: list[Shape] = [(rectangle(0, 0, w, h), ground)]
    for k, tone in enumerate(order):
        x, z, r = (
            ((k + rng.uniform(0.2, 0.8)) / len(tones) - 0.5) * 0.86 * w,
            rng.uniform(-0.32, 0.32) * h,
            rng.uniform(0.17, 0.30) * m,
        )
        if k % 3 == 0:
            outline = disc(x, z, r, r, 32)
        elif k % 3 == 1:
            outline = rectangle(x, z, *((0.9 * w, 0.09 * h) if rng.random() < 0.5 else (0.09 * w, 0.9 * h)))
        else:
            outline = np.array([(x - 1.2 * r, z - r), (x + 1.2 * r, z - r), (x + rng.uniform(-1, 1) * r, z + 1.3 * r)])
        shapes.append((clipped(outline, w, h), tones[tone]))
    return shapes


def windows(w: float, h: float, rng: np.random.Generator) -> list[Shape]:
    """A computer's screen of w x h metres about the origin: wallpaper, task bar, windows with title bars and lines."""
    wallpaper = pick(((0.16, 0.42, 0.66), (0.18, 0.48, 0.46), (0.40, 0.28, 0.56), (0.14, 0.26, 0.46)), rng)
    page, ink, bar = (
        (0.95, 0.95, 0.96),
        (0.45, 0.50, 0.58),
        pick(((0.90, 0.52, 0.20), (0.25, 0.62, 0.85), (0.86, 0.30, 0.30)), rng),
    )
    shapes: list[Shape] = [
        (rectangle(0, 0, w, h), wallpaper),
        (rectangle(0, -0.465 * h, w, 0.07 * h), (0.10, 0.11, 0.14)),
    ]
    for k, colour in enumerate(((0.95, 0.75, 0.2), (0.3, 0.75, 0.4), (0.9, 0.35, 0.3))):
        shapes.append((rectangle((-0.46 + 0.06 * k) * w, -0.465 * h, 0.04 * w, 0.045 * h), colour))
    x, z, pw, ph = -0.14 * w, 0.06 * h, 0.58 * w, 0.66 * h
    shapes += [(rectangle(x, z, pw, ph), page), (rectangle(x, z + 0.46 * ph, pw, 0.08 * ph), bar)]
    for k in range(6):
        length = pw * rng.uniform(0.4, 0.85)
        shapes.append((rectangle(x - 0.44 * pw + length / 2, z + (0.32 - 0.13 * k) * ph, length, 0.04 * ph), ink))
    x, z, pw, ph = 0.27 * w, -0.12 * h, 0.36 * w, 0.44 * h
    shapes += [
        (rectangle(x, z, pw, ph), (0.14, 0.16, 0.20)),
        (rectangle(x, z + 0.45 * ph, pw, 0.1 * ph), (0.55, 0.58, 0.62)),
    ]
    for k in range(4):
        tall = ph * rng.uniform(0.2, 0.65)
        tint = pick(((0.35, 0.8, 0.55), (0.95, 0.75, 0.25)), rng)
        shapes.append((rectangle(x + (k - 1.5) * 0.22 * pw, z - 0.42 * ph + tall / 2, 0.13 * pw, tall), tint))
    return shapes


# --- dials --------------------------------------------------------------------------------------------------------


def hand(length: float, width: float, degrees: float, front: float, back: float, material: Material) -> Part:
    """A clock's hand from the origin, pointing ``degrees`` clockwise from 12 as a viewer at -Y sees it."""
    a = np.radians(degrees)
    along, across = np.array([np.sin(a), np.cos(a)]), np.array([np.cos(a), -np.sin(a)])
    outline = [
        u * length * along + v * width / 2 * across for u, v in ((-0.18, 1), (-0.18, -1), (0.96, -0.7), (0.96, 0.7))
    ]
    return plate(np.array([*outline, length * along]), front, back, material)


def dial(rx: float, rz: float, front: float, rng: np.random.Generator, ink: Material) -> list[Part]:
    """Hour marks and hands of a clock with semi-axes rx and rz (metres) before the plane y = ``front``."""
    parts = []
    for k in range(12):
        a = np.radians(30 * k)
        major = k % 3 == 0
        long, wide = (0.2, 0.085) if major else (0.12, 0.05)
        across = np.array([np.cos(a), -np.sin(a)]) * wide / 2
        along = np.array([np.sin(a), np.cos(a)])
        outline = [
            (u * along + v * across) * (rx, rz) for u, v in ((0.9, 1), (0.9, -1), (0.9 - long, -1), (0.9 - long, 1))
        ]
        parts.append(plate(outline, front - 0.001, front + 0.002, ink))
    hour, minute = rng.uniform(0, 12), rng.integers(0, 12) * 5
    r = min(rx, rz)
    parts.append(hand(0.5 * r, 0.085 * r, 30 * (int(hour) + minute / 60), front - 0.0025, front - 0.0012, ink))
    parts.append(hand(0.76 * r, 0.06 * r, 6 * minute, front - 0.0042, front - 0.0028, ink))
    red = Material((0.78, 0.12, 0.10), 0.4)
    parts.append(hand(0.72 * r, 0.022 * r, rng.uniform(0, 360), front - 0.0055, front - 0.0044, red))
    parts.append(plate(disc(0, 0, 0.065 * r, 0.065 * r, 16), front - 0.0065, front, red))
    return parts


def ring(rx: float, rz: float, y: float, radius: float, material: Material, count: int = 40) -> Part:
    """A round bar of ``radius`` bent to an ellipse about the origin in the plane y."""
    bar = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    out, along = radius * np.cos(bar), y + radius * np.sin(bar)
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    rings = [np.column_stack([(rx + out) * np.cos(a), along, (rz + out) * np.sin(a)]) for a in turn]
    return loft(rings, material, closed=True)


def lampshade(bottom: float, top: float, height: float, z: float, material: Material, sections: int = 36) -> Part:
    """A lampshade on the Z axis with radii ``bottom`` and ``top`` that is hollow at both ends."""
    wall = 0.03 * bottom
    profile = [(0, 0.3), (bottom - wall, 0), (bottom, 0), (top, 1), (top - wall, 1), (0, 0.8)]
    return lathe([(r, z + height * share) for r, share in profile], (0, 0, 0), material, sections)


# --- pots ---------------------------------------------------------------------------------------------------------


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


# --- books --------------------------------------------------------------------------------------------------------


def book(size: Size, rng: np.random.Generator, printed: bool = True) -> list[Part]:
    """A hardback of ``size`` (width, length, thickness) that lies on its back cover: spine at -X, foot towards -Y.

    printed: with a title on its cover and all its pages; without, for books of which only the spine shows.
    """
    w, d, h = size
    t, inset = float(np.clip(0.06 * h, 0.0015, 0.005)), float(np.clip(0.03 * w, 0.002, 0.008))
    bulge = float(np.clip(0.3 * h, 0.004, 0.02))
    cover = Material(pick(COVERS, rng), roughness=0.55)
    spine = replace(cover, colour=shade(cover.colour, 0.85))
    left = -w / 2 + bulge
    parts = [_spine(bulge, h, 0.0008 - d / 2, d / 2 - 0.0008, 0.0, spine).moved((left, 0, 0))]
    for z in (0, h - t):
        parts.append(box((w / 2 - left, d, t), ((w / 2 + left) / 2, 0, z), cover, bevel=0.3 * t))
    count = int(np.clip(round(h / 0.004), 4, 24)) if printed else 2
    edges = np.linspace(0.7 * t, h - 0.7 * t, count + 1)
    for k in range(count):
        back = inset + (0.0012 if k % 2 else 0.0)
        paper = PAPER if k % 2 == 0 else replace(PAPER, colour=(0.80, 0.78, 0.70))
        x0, x1 = left - 0.4 * bulge, w / 2 - back
        parts.append(
            box((x1 - x0, d - 2 * back, edges[k + 1] - edges[k]), ((x0 + x1) / 2, 0, edges[k]), paper, bevel=0)
        )
    if printed:
        parts += _cover_print((left + w / 2) / 2, w / 2 - left, d, h, rng, cover)
    return parts + _spine_print(left, bulge, d, h, rng)


def _spine(bulge: float, h: float, y0: float, y1: float, swell: float, material: Material) -> Part:
    """The round back of a book between y0 and y1, its chord at x = 0, ``swell`` metres larger than the spine itself."""
    angles = np.linspace(np.pi / 2, 1.5 * np.pi, 9)
    arc = [((bulge + swell) * np.cos(a), h / 2 + (0.49 * h + 0.6 * swell) * np.sin(a)) for a in angles]
    points = np.array([*arc, (0.004, 0.06 * h), (0.004, 0.94 * h)])
    return hull([(x, y, z) for y in (y0, y1) for x, z in points], material)


def _cover_print(x: float, w: float, d: float, h: float, rng: np.random.Generator, cover: Material) -> list[Part]:
    """Title, author and an ornament, printed (at most 1 mm a layer) on the top of a cover of w x d metres about (x, 0)."""
    light = sum(cover.colour) > 2
    pale = pick(((0.93, 0.86, 0.62), (0.95, 0.94, 0.90)), rng)
    ink = Material((0.15, 0.18, 0.28) if light else pale, 0.5)
    ply = min(0.001, 0.025 * h)
    accent = Material(pick([c for c in COVERS[:6] if c != cover.colour], rng), 0.5)
    style = int(rng.integers(3))

    def stamp(cx: float, cy: float, bw: float, bd: float, material: Material, layer: int) -> Part:
        return box((bw * w, bd * d, 0.002 + ply * layer), (x + cx * w, cy * d, h - 0.002), material, bevel=0)

    parts = [
        stamp(0, 0.30, 0.66, 0.075, ink, 1),
        stamp(0, 0.19, 0.46, 0.06, ink, 1),
        stamp(0, -0.38, 0.40, 0.045, ink, 1),
    ]
    if style == 0:
        parts = [stamp(0, 0.245, 0.84, 0.27, accent, 1), *(p.moved((0, 0, ply)) for p in parts[:2]), parts[2]]
    if style == 1:
        for s in (-1, 1):
            parts += [stamp(0, s * 0.455, 0.872, 0.018, ink, 1), stamp(s * 0.445, 0, 0.018, 0.928, ink, 1)]
    r = 0.19 * min(w, d)
    ring = disc(0, 0, r, r, 4 if style == 1 else 28)
    parts.append(extrude(ring, 0.002 + ply, (x, -0.09 * d, h - 0.002), ink if style == 1 else accent))
    parts.append(extrude(0.6 * ring, 0.002 + 2 * ply, (x, -0.09 * d, h - 0.002), accent if style == 1 else ink))
    return parts


def _spine_print(left: float, bulge: float, d: float, h: float, rng: np.random.Generator) -> list[Part]:
    """Gilt bands and a label around the spine."""
    label = Material(pick(COVERS, rng), 0.6)
    swell = min(0.0008, 0.02 * h)
    bands = [(-0.42, -0.40), (-0.36, -0.34), (0.36, 0.38), (0.42, 0.44)]
    parts = [_spine(bulge, h, a * d, b * d, swell, BRASS) for a, b in bands]
    parts.append(_spine(bulge, h, 0.08 * d, 0.30 * d, swell, label))
    return [part.moved((left, 0, 0)) for part in parts]


# --- furniture -------------------------------------------------------------------------------------------------------

Place = tuple[float, float, float]
DARK = Material((0.05, 0.045, 0.04), roughness=0.9)


def clip(value: float, low: float, high: float) -> float:
    """``value`` kept within [low, high]."""
    return float(min(max(value, low), high))


def tint(material: Material, factor: float) -> Material:
    """The same material with colours multiplied by ``factor`` (below 1: darker), at most white."""
    second = None if material.colour2 is None else shade(material.colour2, factor)
    return replace(material, colour=shade(material.colour, factor), colour2=second)


def fitting(rng: np.random.Generator) -> Material:
    """A metal for knobs, handles and feet."""
    return pick((STEEL, BRASS, BLACK_METAL), rng)


def _solid(vertices: NDArray[np.float64], faces: NDArray[np.int64], material: Material, smooth: bool) -> Part:
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


def legs(
    width: float,
    depth: float,
    height: float,
    foot: float,
    top: float,
    material: Material,
    sides: int = 4,
    splay: float = 0,
) -> list[Part]:
    """Four legs to ``height``; radii ``foot`` and ``top``; feet reach ``width`` x ``depth``, tops ``splay`` inside."""
    x, y = width / 2 - foot, depth / 2 - foot
    inside = splay + max(0.0, top - foot)
    return [
        strut((i * x, j * y, 0), (i * (x - inside), j * (y - inside), height), foot, top, material, sides)
        for i in (-1, 1)
        for j in (-1, 1)
    ]


def slab(front: ArrayLike, back: ArrayLike, material: Material, smooth: bool = True) -> Part:
    """Closed solid between two grids of points [n, m, 3] that face each other: bent boards, cloth, pillows."""
    front, back = np.asarray(front, float), np.asarray(back, float)
    n, m = front.shape[:2]
    index = np.arange(n * m).reshape(n, m)
    sheet = _quads(index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1])
    edge = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    following = np.roll(edge, -1)
    sides = _quads(following, edge, edge + n * m, following + n * m)
    vertices = np.concatenate([front.reshape(-1, 3), back.reshape(-1, 3)])
    return _solid(vertices, np.concatenate([sheet, sheet[:, ::-1] + n * m, sides]), material, smooth)


def _quads(a: NDArray, b: NDArray, c: NDArray, d: NDArray) -> NDArray[np.int64]:
    a, b, c, d = (np.ravel(v) for v in (a, b, c, d))
    return np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])]).astype(np.int64)


def superellipse(width: float, depth: float, z: float, power: float = 2.0, count: int = 32) -> NDArray[np.float64]:
    """Closed curve [count, 3] at height ``z``: an ellipse (power 2) up to nearly a rectangle (power 8)."""
    angles = 2 * np.pi * np.arange(count) / count
    c, s = np.cos(angles), np.sin(angles)
    radius = (np.abs(c) ** power + np.abs(s) ** power) ** (-1 / power)
    return np.column_stack([0.5 * width * radius * c, 0.5 * depth * radius * s, np.full(count, z)])


def pillow(width: float, depth: float, height: float, material: Material, steps: int = 10) -> Part:
    """A stuffed pillow that lies on the floor at the origin, thin at its seams, with pointed corners."""
    u, v = np.meshgrid(np.linspace(-1, 1, steps), np.linspace(-1, 1, steps), indexing="ij")
    plump = 0.14 + 0.86 * ((1 - u**4) * (1 - v**4)) ** 0.6
    x, y = u * (1 - 0.08 * (1 - v**2)) * width / 2, v * (1 - 0.08 * (1 - u**2)) * depth / 2
    top, bottom = (np.stack([x, y, height / 2 * (1 + sign * plump)], axis=-1) for sign in (1, -1))
    return slab(top, bottom, material)


def _stud(at: Place, material: Material, radius: float = 0.014) -> list[Part]:
    """A round knob of few triangles, 28 mm out of the face ``at`` that looks along -Y."""
    x, y, z = at
    return [
        frustum(radius, 0.45 * radius, 0.024, (x, y - 0.022, z), material, "y", 12),
        frustum(0.7 * radius, radius, 0.006, (x, y - 0.0275, z), material, "y", 12),
    ]


def pull(at: Place, width: float, material: Material, style: str) -> list[Part]:
    """What opens a drawer front of ``width`` metres: style "knob", "knobs" (two), "bar" or "none"."""
    x, y, z = at
    if style == "bar":
        return bar_handle(clip(0.35 * width, 0.08, 0.24), at, material)
    if style == "none":
        return []
    offsets = (-0.25 * width, 0.25 * width) if style == "knobs" else (0.0,)
    return [part for dx in offsets for part in _stud((x + dx, y, z), material)]


def drawer_fronts(
    at: Place, width: float, heights: Sequence[float], material: Material, metal: Material, style: str = "knob"
) -> list[Part]:
    """A column of drawers, lowest first, on a face that looks along -Y; fronts stand 14 mm out.

    at: bottom centre of the column on that face; heights: of each drawer in metres; style: see ``pull``.
    """
    x, y, z = at
    parts = [box((width - 0.002, 0.012, sum(heights) - 0.002), (x, y + 0.003, z + 0.001), DARK, 0)]
    for tall in heights:
        parts.append(box((width - 0.008, 0.02, tall - 0.008), (x, y - 0.004, z + 0.004), material, 0.003))
        parts += pull((x, y - 0.014, z + tall / 2), width, metal, style)
        z += tall
    return parts


def door(at: Place, width: float, height: float, material: Material, style: str = "flat") -> list[Part]:
    """A door leaf 14 mm out of a face that looks along -Y; ``at`` is its bottom centre on that face.

    style "flat", "panel" (a frame about a sunk panel) or "slats" (a frame about horizontal slats).
    """
    x, y, z = at
    back = box((width - 0.002, 0.012, height - 0.002), (x, y + 0.003, z + 0.001), DARK, 0)
    w, h = width - 0.008, height - 0.008
    if style == "flat":
        return [back, box((w, 0.02, h), (x, y - 0.004, z + 0.004), material, 0.003)]
    rim = clip(0.16 * w, 0.03, 0.07)
    parts = [back, box((w - rim, 0.012, h - rim), (x, y + 0.0005, z + 0.004 + rim / 2), tint(material, 0.9), 0)]
    for side in (-1, 1):
        parts.append(box((rim, 0.02, h), (x + side * (w - rim) / 2, y - 0.004, z + 0.004), material, 0.003))
        low = z + 0.004 + (h - rim) * (side + 1) / 2
        parts.append(box((w - 2 * rim + 0.004, 0.0185, rim), (x, y - 0.004, low), material, 0.003))
    if style == "slats":
        count = max(2, round((h - 2 * rim) / 0.04))
        pitch = (h - 2 * rim) / count
        for k in range(count):
            low = z + 0.004 + rim + (k + 0.15) * pitch
            parts.append(box((w - 2 * rim + 0.004, 0.014, 0.7 * pitch), (x, y - 0.003, low), material, 0))
    return parts


def upholstered_arm(
    side: int, width: float, depth: float, low: float, high: float, material: Material, style: str
) -> list[Part]:
    """An arm of a sofa from ``low`` to ``high``, its inner face at x = 0, growing to ``side`` (-1 left, +1 right).

    style "block", "rolled" (a roll on top) or "slim" (square edges).
    """
    x = side * width / 2
    if style != "rolled":
        return [cushion((width, depth, high - low), (x, 0, low), material, 0.045 if style == "block" else 0.012, 4)]
    radius = 0.5 * width
    roll = cylinder(radius, depth, (x, -depth / 2, high - radius), material, axis="y", sections=24)
    face = cylinder(
        0.72 * radius,
        depth + 0.012,
        (x, -depth / 2 - 0.006, high - radius),
        tint(material, 0.85),
        axis="y",
        sections=24,
    )
    body = box((0.78 * width, depth - 0.012, high - low - radius), (x - side * 0.1 * width, 0, low), material, 0.01)
    return [roll, face, body]
