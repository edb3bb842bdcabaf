"""Telephone: a desk set with a handset across its cradle, a keypad and a coiled cord."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material, Part, Size, box, cylinder, fit, frustum, hull, tube
from spacenum.scenes.assets.palette import pick
from spacenum.scenes.assets.parts.shapes import shade, turned

SHELLS: tuple[Colour, ...] = (
    (0.70, 0.14, 0.12),
    (0.12, 0.12, 0.13),
    (0.88, 0.84, 0.74),
    (0.16, 0.42, 0.44),
    (0.86, 0.62, 0.20),
)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    colour = pick(SHELLS, rng)
    shell, dark = Material(colour, 0.3), Material(shade(colour, 0.55), 0.4)
    x0, half, low, high = 0.04 * w, 0.44 * w, 0.2 * h, 0.6 * h
    points = [
        (s * half, y, z) for s in (-1, 1) for y, z in ((-d / 2, 0), (-0.49 * d, low), (0.12 * d, high), (d / 2, 0))
    ]
    points += [(s * 0.92 * half, y, z) for s in (-1, 1) for y, z in ((0.12 * d, high), (0.44 * d, high))]
    parts = [
        hull(points, shell).moved((x0, 0, 0)),
        box((0.8 * w, 0.9 * d, 0.03 * h), (x0, 0, -0.01 * h), dark, bevel=0),
    ]
    # Two pairs of horns carry the handset.
    back = 0.28 * d
    for s in (-1, 1):
        for t in (-1, 1):
            parts.append(
                box((0.1 * w, 0.035 * d, 0.2 * h), (x0 + s * 0.2 * w, back + t * 0.125 * d, high - 0.01), shell)
            )
        parts.append(box((0.09 * w, 0.24 * d, 0.1 * h), (x0 + s * 0.2 * w, back, high - 0.01), dark))
    return fit(
        parts + _handset(w, d, h, x0, back, shell, dark) + _keypad(w, d, low, high, x0) + [_cord(w, h, back, dark)],
        size,
    )


def _handset(w: float, d: float, h: float, x0: float, back: float, shell: Material, dark: Material) -> list[Part]:
    """The handset along X: a bowed grip between two cups that look down."""
    r = 0.1 * h
    a = np.linspace(-1, 1, 15)
    path = np.column_stack([x0 + 0.40 * w * a, np.full(15, back), h - r - 0.13 * h * a**4])
    parts = [tube(path, r, shell, 14).moved((0, 0, 0))]
    for s in (-1, 1):
        at = (x0 + s * 0.355 * w, back, 0.62 * h)
        parts.append(frustum(0.1 * w, 0.07 * w, 0.3 * h, at, shell, sections=24))
        parts.append(cylinder(0.088 * w, 0.05 * h, (at[0], at[1], at[2] - 0.02 * h), dark, sections=24))
    return parts


def _keypad(w: float, d: float, low: float, high: float, x0: float) -> list[Part]:
    """A pale field with 3 x 4 keys and a number card, on the slope from (-0.49 d, low) to (0.12 d, high)."""
    slope = float(np.degrees(np.arctan2(high - low, 0.61 * d)))
    length = float(np.hypot(high - low, 0.61 * d))
    field, key = Material((0.16, 0.16, 0.18), 0.5), Material((0.94, 0.94, 0.92), 0.4)
    accent = Material((0.30, 0.55, 0.40), 0.4)
    parts = [box((0.54 * w, 0.84 * length, 0.004), (0, 0.47 * length, -0.002), field, bevel=0)]
    for j in range(4):
        for i in range(3):
            at = ((i - 1) * 0.165 * w, (0.16 + 0.205 * j) * length, 0.0)
            parts.append(box((0.12 * w, 0.14 * length, 0.008), at, accent if j == 0 and i != 1 else key, bevel=0.002))
    return [part.moved((x0, -0.49 * d, low)) for part in turned(parts, slope, "x")]


def _cord(w: float, h: float, back: float, material: Material) -> Part:
    """The coiled cord from the handset's left cup down to the desk and to the body's side."""
    t = np.linspace(0, 1, 110)
    turn = 2 * np.pi * 13 * t
    r = 0.024 * w
    y = back - 0.02 * w - 0.8 * back * t - 0.1 * w * np.sin(np.pi * t)
    z = 0.66 * h * (1 - t) ** 2 + 1.3 * r
    x = -0.5 * w + 1.3 * r + 0.06 * w * (2 * t - 1) ** 6
    return tube(np.column_stack([x + r * np.cos(turn), y, z + r * np.sin(turn)]), 0.008 * w, material, 6)
