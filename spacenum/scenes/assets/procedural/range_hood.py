"""Range hood: a chimney over a flared canopy with lamps, filters and buttons."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit, hull
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, DARK_GLASS, STEEL, WHITE_ENAMEL, pick
from spacenum.scenes.assets.parts.fittings import bar_handle

LAMP = Material((1.0, 0.95, 0.82), roughness=0.5, emission=2.0)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    finish = pick((STEEL, STEEL, WHITE_ENAMEL, BLACK_METAL), rng)
    dark = STEEL if finish is BLACK_METAL else BLACK_PLASTIC
    rim = float(rng.uniform(0.05, 0.075))
    flare = float(rng.uniform(0.2, 0.32)) * h
    duct = (float(rng.uniform(0.36, 0.46)) * w, 0.5 * d)
    back = d / 2
    low = [(x * w / 2, y, rim) for x in (-1, 1) for y in (-back, back)]
    high = [(x * duct[0] / 2, y, rim + flare) for x in (-1, 1) for y in (back - duct[1], back)]
    parts = [
        box((w, d, rim - 0.012), (0, 0, 0.012), finish, bevel=0.003),
        hull(np.array([(x, y, z - 0.001) for x, y, z in low + high]), finish),
        box(
            (duct[0], duct[1], h - rim - flare + 0.01), (0, back - duct[1] / 2, rim + flare - 0.01), finish, bevel=0.003
        ),
        box((duct[0] + 0.006, duct[1] + 0.003, 0.012), (0, back - duct[1] / 2 - 0.0015, 0.62 * h + 0.1), dark, bevel=0),
    ]
    for side in (-1, 1):
        parts.append(box((0.44 * w, 0.7 * d, 0.014), (side * 0.23 * w, 0.06 * d, 0.0), STEEL, bevel=0.002))
        parts.append(cylinder(0.028, 0.013, (side * 0.3 * w, -0.4 * d, 0), LAMP, sections=16))
        for slot in np.linspace(-0.28, 0.28, 6):
            parts.append(
                box((0.4 * w, 0.012, 0.004), (side * 0.23 * w, (0.06 + slot) * d, -0.002), BLACK_METAL, bevel=0)
            )
    count = int(rng.integers(4, 6))
    spread = pick((-0.25, 0.0, 0.25), rng) * w
    for k in range(count):
        x = spread + (k - (count - 1) / 2) * 0.035
        parts.append(cylinder(0.010, 0.006, (x, -back - 0.005, rim / 2 + 0.006), dark, axis="y", sections=14))
    if rng.random() < 0.35:
        parts += bar_handle(0.9 * w, (0, -back, rim / 2 + 0.004 - 0.35 * rim), dark, reach=0.03)
    elif spread == 0:
        parts.append(box((0.34 * w, 0.004, 0.6 * rim), (0, -back - 0.001, 0.26 * rim + 0.006), DARK_GLASS, bevel=0))
    return fit(parts, size)
