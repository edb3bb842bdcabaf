"""Ceiling lamp: a lit shade that hangs from a canopy by a cord."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cylinder, ellipsoid, fit, lathe
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, PAINTS, STEEL, pick
from spacenum.scenes.assets.parts.dials import lampshade

WARM = (1.0, 0.90, 0.72)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, h = (size[0] + size[1]) / 2, size[2]
    r = w / 2
    metal = pick((BLACK_METAL, BRASS, STEEL), rng)
    light = Material(WARM, 0.8, emission=3.0)
    tall = min(0.55 * h, 1.1 * r)
    style = int(rng.integers(3))
    if style == 0:
        paint = Material(pick(PAINTS, rng), 0.4)
        outside = [
            (0, 0.35),
            (0.93, 0.02),
            (0.985, 0),
            (1, 0.02),
            (0.96, 0.2),
            (0.82, 0.45),
            (0.55, 0.7),
            (0.2, 0.85),
            (0.12, 1),
            (0, 1),
        ]
        parts = [lathe([(x * r, z * tall) for x, z in outside], (0, 0, 0), paint, 40)]
        parts.append(ellipsoid((0.42 * r, 0.42 * r, 0.2 * tall), (0, 0, 0.2 * tall), light))
    elif style == 1:
        shade = Material(pick(((1.0, 0.90, 0.72), (1.0, 0.82, 0.58)), rng), 0.9, emission=3.0)
        tall = 0.85 * tall
        parts = [lampshade(r, pick((0.98, 0.72), rng) * r, tall, 0, shade, 40)]
        parts.append(cylinder(0.06 * r, 0.35 * tall, (0, 0, 0.72 * tall), metal, sections=16))
    else:
        ball = min(r, 0.36 * h)
        parts = [ellipsoid((r, r, ball), (0, 0, ball), light)]
        tall = 2 * ball
        parts.append(cylinder(0.3 * r, 0.12 * ball, (0, 0, tall - 0.08 * ball), metal, sections=28))
    parts.append(cylinder(max(0.004, 0.018 * r), h - tall, (0, 0, tall - 0.01), metal, sections=10))
    canopy = [(0, -0.045), (0.10, -0.045), (0.26, -0.03), (0.30, -0.012), (0.30, 0), (0, 0)]
    parts.append(lathe([(x * r, h + z) for x, z in canopy], (0, 0, 0), metal, 32))
    return fit(parts, size)
