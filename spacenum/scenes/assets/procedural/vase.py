"""Vase: turned ceramic with painted bands, empty or with a few tulips."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material, Part, Size, ellipsoid, fit, lathe, tube
from spacenum.scenes.assets.palette import CERAMICS, pick
from spacenum.scenes.assets.parts.plants import leaf, leaf_to
from spacenum.scenes.assets.parts.shapes import GREENS, shade

# Outside profiles from the foot up: (radius, height) as shares of the largest radius and the height.
PROFILES = (
    (
        (0.50, 0),
        (0.54, 0.02),
        (0.80, 0.18),
        (1.00, 0.42),
        (0.92, 0.62),
        (0.60, 0.80),
        (0.42, 0.88),
        (0.46, 0.95),
        (0.58, 1),
    ),
    (
        (0.62, 0),
        (0.62, 0.03),
        (0.92, 0.16),
        (1.00, 0.30),
        (0.84, 0.46),
        (0.46, 0.60),
        (0.34, 0.72),
        (0.36, 0.88),
        (0.52, 1),
    ),
    ((0.46, 0), (0.48, 0.03), (0.62, 0.25), (0.84, 0.55), (1.00, 0.78), (0.94, 0.88), (0.68, 0.95), (0.66, 1)),
)
TULIPS: tuple[Colour, ...] = ((0.84, 0.16, 0.22), (0.95, 0.74, 0.20), (0.86, 0.42, 0.62), (0.95, 0.50, 0.24))


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, h = (size[0] + size[1]) / 2, size[2]
    flowers = rng.random() < 0.5
    tall, r = (0.6 * h, 0.42 * w) if flowers else (h, 0.5 * w)
    outside = np.array(pick(PROFILES, rng)) * (r, tall)
    glaze = Material(pick(CERAMICS, rng), 0.2)
    wall = 0.08 * r
    inside = [(x - wall, z) for x, z in outside[::-1] if z > 0.3 * tall]
    profile = [(0, 0), *map(tuple, outside), *inside, (0, inside[-1][1])]
    parts = [lathe(profile, (0, 0, 0), glaze)]
    second = Material(shade(glaze.colour, 0.5) if sum(glaze.colour) > 1.6 else (0.90, 0.86, 0.76), 0.25)
    for low, high in pick((((0.22, 0.26), (0.5, 0.54)), ((0.3, 0.48),), ((0.16, 0.2), (0.26, 0.4), (0.46, 0.5))), rng):
        parts.append(_band(outside, low * tall, high * tall, second))
    return fit(parts + (_tulips(w, tall, h, outside[-1][0] - wall, rng) if flowers else []), size)


def _band(outside: np.ndarray, low: float, high: float, material: Material) -> Part:
    """A painted band between two heights, a little wider than the vase there."""
    z = np.linspace(low, high, 6)
    x = np.interp(z, outside[:, 1], outside[:, 0]) + 0.0012
    return lathe([(0, low), *zip(x, z, strict=True), (0, high)], (0, 0, 0), material)


def _tulips(w: float, low: float, h: float, mouth: float, rng: np.random.Generator) -> list[Part]:
    """Five tulips and their leaves that stand in the mouth of a vase ``low`` metres high."""
    bloom, stalk = Material(pick(TULIPS, rng), 0.6), Material(pick(GREENS, rng), 0.6)
    size = 0.13 * w
    parts = []
    for k in range(5):
        a = 2 * np.pi * k / 4 + 0.6
        out = 0.0 if k == 4 else w / 2 - size
        way = np.array([np.cos(a), np.sin(a), 0])
        top = out * way + [0, 0, h - 2.2 * size - (0 if k == 4 else rng.uniform(0.05, 0.25) * (h - low))]
        path = [
            0.2 * mouth * way + [0, 0, 0.6 * low],
            0.7 * mouth * way * (k < 4) + [0, 0, low],
            0.62 * out * way + [0, 0, 0.45 * low + 0.55 * top[2]],
            top,
        ]
        parts.append(tube(path, 0.022 * w, stalk, 8))
        parts.append(ellipsoid((0.7 * size, 0.7 * size, size), top + [0, 0, 0.9 * size], bloom, 1))
        for j in range(5):
            parts.append(leaf(2.3 * size, 1.1 * size, bloom, 55, -70, 72 * j, top, steps=3, blade=0.8))
        root = 0.5 * mouth * np.array([np.cos(a + 0.8), np.sin(a + 0.8), 0]) + [0, 0, low - 0.02]
        parts.append(leaf_to(0.3 * w, 0.42 * (h - low), 0.11 * w, stalk, 70, float(np.degrees(a + 0.8)), root))
    return parts
