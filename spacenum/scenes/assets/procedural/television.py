"""Television: a wide, lit screen with a landscape, on two feet."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit, hull
from spacenum.scenes.assets.palette import BLACK_PLASTIC, STEEL, pick
from spacenum.scenes.assets.parts.pictures import landscape, plate, rectangle, upright
from spacenum.scenes.assets.parts.shapes import moved


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    shell, foot = BLACK_PLASTIC, pick((BLACK_PLASTIC, STEEL), rng)
    under = 0.1 * h
    tall, middle = h - under, (h + under) / 2
    parts = [plate(rectangle(0, middle, w, tall), -0.018, 0.016, shell)]
    parts.append(
        plate(rectangle(0, middle - 0.1 * tall, 0.7 * w, 0.7 * tall), 0.0, 0.05, Material((0.10, 0.10, 0.11), 0.6))
    )
    trim = pick((STEEL, Material((0.14, 0.14, 0.15), 0.4)), rng)
    parts.append(plate(rectangle(0, under + 0.012 * tall, 0.996 * w, 0.018 * tall), -0.0195, 0, trim))
    screen = upright(landscape(0.97 * w, 0.93 * tall, rng), -0.019, 0.0008, emission=0.6, roughness=0.3)
    parts += moved(screen, (0, 0, middle + 0.008 * tall))
    for s in (-1, 1):
        x = s * 0.36 * w
        for t in (-1, 1):
            ends = [(x, 0.0, under + 0.01), (x + s * 0.03, t * (d / 2 - 0.02), 0.012)]
            parts.append(
                hull(
                    [
                        (a + e, b + f, c + g)
                        for a, b, c in ends
                        for e in (-0.01, 0.01)
                        for f in (-0.014, 0.014)
                        for g in (-0.012, 0.008)
                    ],
                    foot,
                )
            )
            parts.append(box((0.026, 0.05, 0.008), (x + s * 0.03, t * (d / 2 - 0.025), 0), BLACK_PLASTIC, bevel=0.002))
    return fit(parts, size)
