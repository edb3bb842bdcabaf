"""Coffee table: a low board on short legs, often with a shelf below that carries magazines."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit, tube
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, PAINTS, pick, wood
from spacenum.scenes.assets.parts.furniture import drawer_fronts, fitting, legs
from spacenum.scenes.assets.parts.shapes import clip

MARBLE = Material((0.92, 0.91, 0.89), roughness=0.2, pattern="marble", colour2=(0.62, 0.61, 0.60), scale=0.18)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = wood(rng)
    style = pick(("shelf", "hairpin", "drawers", "frame"), rng)
    board = clip(0.08 * h, 0.026, 0.04)
    under = h - board
    top = MARBLE if style == "frame" else timber
    parts = [box((w, d, board), (0, 0, under), top, 0.006)]
    if style == "shelf":
        shelf = 0.3 * h
        parts += legs(w - 0.04, d - 0.04, under + 0.002, 0.018, 0.024, timber)
        parts.append(box((w - 0.1, d - 0.1, 0.02), (0, 0, shelf), timber, 0.003))
        parts += _magazines(0.22 * w * float(rng.choice([-1, 1])), shelf + 0.02, rng)
    elif style == "hairpin":
        metal = pick((BLACK_METAL, BRASS), rng)
        for i, j in [(i, j) for i in (-1, 1) for j in (-1, 1)]:
            x, y = w / 2 - 0.045, d / 2 - 0.045
            foot, a, b = (
                (i * (x + 0.03), j * (y + 0.03), 0.008),
                (i * x, j * (y - 0.09), under + 0.004),
                (i * (x - 0.09), j * y, under + 0.004),
            )
            near = [(foot[0] - i * 0.006, foot[1], 0.02), (foot[0], foot[1] - j * 0.006, 0.02)]
            parts.append(tube([a, near[1], foot, near[0], b], 0.007, metal, 8))
    elif style == "drawers":
        tall = clip(0.38 * h, 0.13, 0.18)
        metal = fitting(rng)
        parts += legs(w - 0.03, d - 0.03, under, 0.022, 0.022, timber)
        parts.append(box((w - 0.05, d - 0.06, tall), (0, 0, under - tall + 0.002), timber, 0.003))
        parts.append(box((w - 0.06, d - 0.06, 0.02), (0, 0, 0.2 * h), timber, 0.003))
        for k in (-1, 1):
            face = (k * 0.25 * (w - 0.12), -d / 2 + 0.03, under - tall + 0.014)
            parts += drawer_fronts(face, 0.5 * (w - 0.12), [tall - 0.024], timber, metal, "knob")
    else:
        metal = pick((BLACK_METAL, BRASS), rng)
        for x in (-1, 1):
            at = x * (w / 2 - 0.06)
            parts.append(box((0.03, d - 0.06, 0.025), (at, 0, 0), metal, 0.003))
            parts += [box((0.028, 0.03, under), (at, y * (d / 2 - 0.05), 0.003), metal, 0.003) for y in (-1, 1)]
        parts += [box((w - 0.13, 0.02, 0.02), (0, y * (d / 2 - 0.05), 0.003), metal, 0.003) for y in (-1, 1)]
    return fit(parts, size)


def _magazines(x: float, z: float, rng: np.random.Generator) -> list[Part]:
    parts = []
    for k in range(3):
        cover = Material(pick(PAINTS, rng), roughness=0.4)
        parts.append(
            box((0.28 - 0.02 * k, 0.2, 0.018), (0, 0, 0), cover, 0.002)
            .turned(float(rng.uniform(-10, 10)))
            .moved((x, 0, z + 0.0185 * k))
        )
    return parts
