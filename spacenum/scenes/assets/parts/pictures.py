"""Flat coloured pictures, drawn as shapes one upon another: landscapes, abstracts, screens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spacenum.scenes.assets.mesh import Colour, Material, Part, hull
from spacenum.scenes.assets.palette import pick
from spacenum.scenes.assets.parts.shapes import shade

Outline = NDArray[np.float64]

Shape = tuple[Outline, Colour]


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
    """Shapes as thin plates that face -Y, the first at y = ``front``; each lies ``step``
    metres before what it covers."""
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
        (0.80, 0.24, 0.18), (0.93, 0.70, 0.20), (0.14, 0.38, 0.58), (0.16, 0.48, 0.42), (0.90, 0.52, 0.40),
        (0.12, 0.12, 0.16),
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
