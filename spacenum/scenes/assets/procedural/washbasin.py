"""Washbasin: a vanity cabinet with doors, a white basin in its top, and a tap."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, BRASS, CHROME, pick
from spacenum.scenes.assets.parts.fittings import doors, drawers, gooseneck_tap, kitchen_fronts, mixer_tap
from spacenum.scenes.assets.parts.shapes import loft, rounded

CERAMIC = Material((0.95, 0.95, 0.94), roughness=0.12)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    style = kitchen_fronts(rng)
    metal = pick((CHROME, CHROME, BRASS, BLACK_METAL), rng)
    tap = 0.17
    rim = h - tap
    vessel = bool(rng.random() < 0.4)
    counter, bowl = (rim - 0.12, 0.115) if vessel else (rim, 0.13)
    slab, foot, face = 0.04, 0.12, -d / 2 + 0.047
    middle, body = (d / 2 + face) / 2, counter - slab - foot
    shell, inner = (w - 0.02, d / 2 - face), (w - 0.06, d / 2 - face - 0.04)
    hole, at = (min(0.52, 0.72 * w), 0.62 * d), (0.0, -0.07 * d)
    parts = [
        loft(
            [
                rounded(shell, foot, 0.002, (0, middle)),
                rounded(shell, counter - slab + 0.002, 0.002, (0, middle)),
                rounded(inner, counter - slab + 0.002, 0.002, (0, middle)),
                rounded(inner, foot + 0.02, 0.002, (0, middle)),
            ],
            style.face,
        ),
        box((w - 0.032, 0.004, body - 0.006), (0, face, foot + 0.003), BLACK_PLASTIC, bevel=0),
    ]
    for x in (-1, 1):
        for y in (face + 0.03, d / 2 - 0.03):
            parts.append(box((0.04, 0.04, foot + 0.01), (x * (w / 2 - 0.04), y, 0), style.face, bevel=0.003))
    if vessel:
        parts.append(box((w, d, slab), (0, 0, counter - slab), style.counter, bevel=0.003))
        parts.append(_vessel(hole, at, counter, rim, float(rng.uniform(0.2, 0.49))))
    else:
        corner = float(rng.uniform(0.25, 0.49)) * hole[1]
        under = (hole[0] + 0.02, hole[1] + 0.02)
        rings = [
            rounded(under, counter - bowl - 0.01, corner, at),
            rounded(under, counter - slab, corner, at),
            rounded((w, d), counter - slab, 0.006),
            rounded((w, d), counter - 0.004, 0.008),
            rounded((w - 0.006, d - 0.006), counter, 0.008),
            rounded(hole, counter, corner, at),
            rounded((hole[0] - 0.03, hole[1] - 0.03), counter - 0.03, corner, at),
            rounded((0.72 * hole[0], 0.7 * hole[1]), counter - 0.8 * bowl, 0.7 * corner, at),
            rounded((0.4 * hole[0], 0.4 * hole[1]), counter - bowl, 0.4 * corner, at),
        ]
        parts.append(loft(rings, CERAMIC))
    drain = counter + 0.02 if vessel else counter - bowl
    parts.append(cylinder(0.022, 0.005, (*at, drain - 0.001), metal, sections=20))
    if rng.random() < 0.4 and w > 0.7:
        parts += doors((0.58 * w - 0.01, body), (-0.21 * w + 0.005, face, foot), style, 2)
        parts += drawers((0.42 * w - 0.01, body), (0.29 * w - 0.005, face, foot), style, (1.2, 1))
    elif rng.random() < 0.3:
        parts += drawers((w - 0.02, body), (0, face, foot), style, (1.2, 1))
    else:
        parts += doors((w - 0.02, body), (0, face, foot), style, 2)
    stand = counter if vessel else rim
    y = (at[1] + hole[1] / 2 + d / 2) / 2 + 0.004
    tap_on = gooseneck_tap if vessel else mixer_tap
    parts += tap_on((0, y, stand - 0.002), h - stand + 0.002, 0.27 * d, metal)
    return fit(parts, size)


def _vessel(size: tuple[float, float], at: tuple[float, float], low: float, high: float, corner: float) -> Part:
    """Basin that stands on the worktop from ``low`` to ``high``; ``corner``: radius as a share of its depth."""
    (x, y), r = size, corner * size[1]
    rings = [
        rounded((0.7 * x, 0.66 * y), low - 0.001, 0.7 * r, at),
        rounded((0.9 * x, 0.88 * y), low + 0.35 * (high - low), 0.9 * r, at),
        rounded((x, y), high - 0.006, r, at),
        rounded((x - 0.006, y - 0.006), high, r, at),
        rounded((x - 0.02, y - 0.02), high, r, at),
        rounded((0.86 * x, 0.84 * y), low + 0.4 * (high - low), 0.85 * r, at),
        rounded((0.5 * x, 0.46 * y), low + 0.02, 0.5 * r, at),
    ]
    return loft(rings, CERAMIC)
