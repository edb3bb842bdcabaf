"""Nightstand: a small bedside cabinet with drawers, or a drawer above an open shelf."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_METAL, PAINTS, WHITE_ENAMEL, pick, wood
from spacenum.scenes.assets.parts.furniture import drawer_fronts, fitting, legs
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber, metal = pick((wood(rng), wood(rng), WHITE_ENAMEL), rng), fitting(rng)
    grip = pick(("knob", "bar"), rng)
    foot, board, t = clip(0.22 * h, 0.08, 0.14), 0.024, 0.02
    y = -d / 2 + 0.044
    parts = [box((w, d, board), (0, 0, h - board), timber, 0.005)]
    parts += legs(w - 0.02, d - 0.05, foot + 0.015, 0.013, 0.02, pick((timber, BLACK_METAL), rng), 12, splay=0.015)
    if rng.random() < 0.5:
        rows = 2 if h < 0.52 else 3
        clear = h - foot - board - 0.03
        parts.append(box((w - 0.024, d - 0.05, h - foot - board + 0.003), (0, 0.019, foot), timber, 0.003))
        parts += drawer_fronts((0, y, foot + 0.015), w - 0.05, [clear / rows] * rows, timber, metal, grip)
        return fit(parts, size)
    upper = clip(0.36 * h, 0.13, 0.19)
    low, deep = h - board - upper, d - 0.05
    parts += [
        box((w - 0.024, deep, upper + 0.003), (0, 0.019, low), timber, 0.003),
        box((w - 0.026, deep, t), (0, 0.018, foot), timber, 0.003),
        box((w - 0.03, 0.012, low - foot), (0, d / 2 - 0.02, foot + 0.005), tint(timber, 0.8), 0),
        *(
            box((t, deep - 0.004, low - foot + 0.01), (s * (w / 2 - 0.024), 0.019, foot + 0.004), timber, 0.003)
            for s in (-1, 1)
        ),
        *drawer_fronts((0, y, low + 0.01), w - 0.05, [upper - 0.025], timber, metal, grip),
    ]
    level, wide = foot + t - 0.001, min(0.24, 0.55 * w)
    for _ in range(int(rng.integers(1, 4)) if low - foot > 0.12 else 1):
        cover = Material(pick(PAINTS, rng), roughness=0.6)
        parts.append(box((wide, min(0.18, 0.5 * d), 0.028), (0.03, -0.02, level), cover, 0.002))
        level, wide = level + 0.028, wide - 0.012
    return fit(parts, size)
