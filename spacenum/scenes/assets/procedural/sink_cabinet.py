"""Kitchen sink: a cabinet whose worktop holds a steel basin, with a tall tap behind it."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, CHROME, pick
from spacenum.scenes.assets.parts.fittings import doors, front, gooseneck_tap, kitchen_fronts
from spacenum.scenes.assets.parts.shapes import loft, rounded

BASIN_STEEL = Material((0.66, 0.67, 0.68), roughness=0.35, metallic=1.0)
BASIN_WHITE = Material((0.93, 0.93, 0.92), roughness=0.2)
BASIN_DEPTH_M = 0.18


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    style = kitchen_fronts(rng)
    top, worktop, plinth, face = min(0.91, 0.82 * h), 0.04, 0.1, -d / 2 + 0.047
    body, middle = top - worktop - plinth, (d / 2 + face) / 2
    hole, centre = (float(rng.uniform(0.62, 0.74)) * w, 0.62 * d), (0.0, -0.06 * d)
    outer, shell = (w, d), (w - 0.004, d / 2 - face)
    inner = (shell[0] - 0.04, shell[1] - 0.04)
    parts = [
        loft(
            [
                rounded(outer, top - worktop, 0.003),
                rounded(outer, top, 0.003),
                rounded(hole, top, 0.03, centre),
                rounded(hole, top - worktop, 0.03, centre),
            ],
            style.counter,
            closed=True,
        ),
        loft(
            [
                rounded(shell, plinth, 0.002, (0, middle)),
                rounded(shell, top - worktop + 0.002, 0.002, (0, middle)),
                rounded(inner, top - worktop + 0.002, 0.002, (0, middle)),
                rounded(inner, plinth + 0.02, 0.002, (0, middle)),
            ],
            style.face,
        ),
        box((w - 0.008, shell[1] - 0.05, plinth + 0.01), (0, middle + 0.02, 0), BLACK_PLASTIC, bevel=0),
        box((w - 0.012, 0.004, body - 0.006), (0, face, plinth + 0.003), BLACK_PLASTIC, bevel=0),
    ]
    finish = pick((BASIN_STEEL, BASIN_STEEL, BASIN_WHITE), rng)
    bowls = 2 if w > 0.88 and rng.random() < 0.6 else 1
    parts += _basin(hole, centre, top, bowls, finish)
    low = 0.78 * body
    parts += doors((w, low), (0, face, plinth), style, 2)
    parts += front((w - 0.004, body - low - 0.003), (0, face, plinth + low + 0.0015), style, "")
    metal = pick((CHROME, CHROME, BLACK_METAL), rng)
    back = centre[1] + hole[1] / 2
    parts += gooseneck_tap((0, (back + d / 2) / 2 + 0.005, top - 0.001), h - top + 0.001, 0.32 * d, metal)
    return fit(parts, size)


def _basin(size: tuple[float, float], at: tuple[float, float], top: float, bowls: int, finish: Material) -> list[Part]:
    """``bowls`` hollow bowls side by side in the hole ``size`` (x, y), their common rim on the worktop at ``top``."""
    each, parts = size[0] / bowls, []
    for k in range(bowls):
        centre = (at[0] - size[0] / 2 + (k + 0.5) * each, at[1])
        wide, inside = each - 0.004, (each - 0.03, size[1] - 0.03)
        flange = (each + (0.03 if bowls == 1 else 0.0), size[1] + 0.03)
        rings = [
            rounded((wide, size[1] - 0.004), top - BASIN_DEPTH_M - 0.01, 0.06, centre),
            rounded((wide, size[1] - 0.004), top - 0.001, 0.04, centre),
            rounded(flange, top + 0.001, 0.03, centre),
            rounded(flange, top + 0.005, 0.03, centre),
            rounded(inside, top + 0.005, 0.05, centre),
            rounded((inside[0] - 0.01, inside[1] - 0.01), top - BASIN_DEPTH_M + 0.04, 0.06, centre),
            rounded((inside[0] - 0.07, inside[1] - 0.07), top - BASIN_DEPTH_M, 0.05, centre),
        ]
        parts.append(loft(rings, finish))
        parts.append(cylinder(0.035, 0.004, (*centre, top - BASIN_DEPTH_M), BLACK_METAL, sections=20))
    return parts
