"""Small plant: a pot for the desk with a bush of leaves, hanging blades, or flowers."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material, Part, Size, ellipsoid, fit, tube
from spacenum.scenes.assets.palette import ceramic, pick
from spacenum.scenes.assets.parts.plants import leaf, leaf_to, pot
from spacenum.scenes.assets.parts.shapes import GREENS, shade

PETALS: tuple[Colour, ...] = (
    (0.86, 0.20, 0.28),
    (0.95, 0.76, 0.22),
    (0.78, 0.46, 0.76),
    (0.95, 0.93, 0.90),
    (0.95, 0.52, 0.30),
)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    r = (w + d) / 4
    tall = float(np.clip(0.42 * h, 1.0 * r, 1.5 * r))
    tall = min(tall, 0.46 * h)
    parts = pot(0.66 * r, tall, ceramic(rng), taper=rng.uniform(0.66, 0.9))
    low, room = 0.85 * tall, h - 0.85 * tall
    greens = [Material(shade(pick(GREENS, rng), float(rng.uniform(0.85, 1.2))), 0.55) for _ in range(3)]
    style = int(rng.integers(3))
    for t, heading in ((k / 29, 137.5 * k) for k in range(30)):
        a, spread = np.radians(heading), rng.uniform(0.94, 1.0)
        at = (0.2 * r * np.cos(a) * (1 - t), 0.2 * r * np.sin(a) * (1 - t), low)
        if style == 0:
            reach, climb, wide, droop = r * (0.8 - 0.5 * t), room * (0.3 + 0.7 * t), 0.40 * r, 40 - 30 * t
        elif style == 1:
            reach, climb, wide, droop = r * (0.8 - 0.6 * t), room * (0.05 + 0.9 * t), 0.17 * r, 110 - 80 * t
        else:
            reach, climb, wide, droop = r * (0.8 - 0.6 * t), room * (0.15 + 0.45 * t), 0.36 * r, 50.0
        parts.append(leaf_to(reach, climb * spread, wide, greens[int(heading) % 3], droop, heading, at))
    if style == 2:
        parts += _flowers(r, low, h, rng)
    return fit(parts, size)


def _flowers(r: float, low: float, h: float, rng: np.random.Generator) -> list[Part]:
    """Six stalks with round blossoms of five petals."""
    petal, heart = Material(pick(PETALS, rng), 0.7), Material((0.90, 0.68, 0.16), 0.8)
    stalk = Material(GREENS[1], 0.6)
    parts = []
    size = 0.26 * r
    for k in range(6):
        a, out = 2 * np.pi * k / 5, (0.0 if k == 5 else 0.5 * r)
        drop = 0.8 + (0.0 if k == 5 else rng.uniform(0.2, 1.0))
        top = np.array([out * np.cos(a), out * np.sin(a), h - drop * size])
        path = np.array([(0.3, 0.3, 0.0), (0.8, 0.8, 0.5), (1.0, 1.0, 1.0)]) * (top - [0, 0, low]) + [0, 0, low]
        parts.append(tube(path, 0.018 * r, stalk, 6))
        for j in range(5):
            parts.append(leaf(size, 0.8 * size, petal, 38, 60, 72 * j, top, steps=3, blade=0.6))
        parts.append(ellipsoid((0.3 * size,) * 3, top + [0, 0, 0.1 * size], heart, 1))
    return parts
