"""Table lamp: a turned or slim foot under a lit shade."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cylinder, fit, frustum, lathe
from spacenum.scenes.assets.palette import BRASS, STEEL, ceramic, pick, wood
from spacenum.scenes.assets.parts.dials import lampshade

SHADES = ((0.96, 0.88, 0.70), (0.94, 0.82, 0.58), (0.90, 0.62, 0.42), (0.72, 0.80, 0.78))


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, h = (size[0] + size[1]) / 2, size[2]
    r = w / 2
    tall = float(np.clip(1.3 * r, 0.34 * h, 0.46 * h))
    neck = h - tall
    metal = pick((BRASS, STEEL), rng)
    style = int(rng.integers(3))
    foot = (ceramic, wood, lambda _: metal)[style](rng)
    if style == 0:
        curve = [
            (0, 0),
            (0.34, 0),
            (0.34, 0.05),
            (0.24, 0.09),
            (0.44, 0.30),
            (0.50, 0.48),
            (0.40, 0.68),
            (0.16, 0.86),
            (0.12, 1),
            (0, 1),
        ]
    elif style == 1:
        curve = [(0, 0), (0.50, 0), (0.50, 0.06), (0.16, 0.14), (0.13, 0.2), (0.22, 0.34), (0.13, 0.5), (0.19, 0.62),
                 (0.11, 0.8), (0.13, 1), (0, 1)]  # fmt: skip
    else:
        curve = [(0, 0), (0.55, 0), (0.55, 0.04), (0.5, 0.06), (0.07, 0.09), (0.06, 1), (0, 1)]
    parts = [lathe([(x * r, z * neck) for x, z in curve], (0, 0, 0), foot)]
    parts.append(cylinder(0.05 * r, 0.35 * tall + 0.02, (0, 0, neck - 0.01), metal, sections=12))
    shade = Material(pick(SHADES, rng), roughness=0.9, emission=0.8)
    top = r * pick((0.55, 0.7, 0.95), rng)
    parts.append(lampshade(r, top, tall - 0.012, neck, shade))
    parts.append(frustum(0.05 * r, 0.03 * r, 0.2 * tall + 0.012, (0, 0, h - 0.2 * tall - 0.012), metal, sections=12))
    return fit(parts, size)
