"""Dresser: a chest of two columns of drawers below a flat top."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, box, fit
from spacenum.scenes.assets.palette import WHITE_ENAMEL, pick, wood
from spacenum.scenes.assets.parts.furniture import drawer_fronts, fitting, legs
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber, metal = pick((wood(rng), wood(rng), WHITE_ENAMEL), rng), fitting(rng)
    grip = pick(("knob", "knobs", "bar"), rng)
    slim = rng.random() < 0.5
    foot, board = clip((0.18 if slim else 0.09) * h, 0.06, 0.15), 0.03
    y = -d / 2 + 0.046
    parts = [
        box((w, d, board), (0, 0, h - board), timber, 0.006),
        box((w - 0.03, d - 0.055, h - foot - board + 0.005), (0, 0.0185, foot), timber, 0.004),
    ]
    if slim:
        parts += legs(w - 0.03, d - 0.06, foot + 0.02, 0.016, 0.028, timber, sides=12, splay=0.02)
    else:
        parts.append(box((w - 0.06, d - 0.09, foot + 0.01), (0, 0.02, 0), tint(timber, 0.75), 0.004))
    low, clear = foot + 0.02, h - foot - board - 0.035
    rows = 3 if h < 0.85 else 4
    upper = clear / (rows + 0.35 * (rows - 1)) if rng.random() < 0.5 else clear / rows
    heights = [(clear - upper) / (rows - 1)] * (rows - 1) + [upper]
    inner, columns = w - 0.06, 2
    thirds = rng.random() < 0.4
    for k in range(columns):
        at = ((k - 0.5) * inner / 2, y, low)
        parts += drawer_fronts(at, inner / 2, heights[:-1] if thirds else heights, timber, metal, grip)
    for k in range(3) if thirds else ():
        at = ((k - 1) * inner / 3, y, low + sum(heights[:-1]))
        parts += drawer_fronts(at, inner / 3, heights[-1:], timber, metal, "knob" if grip == "knobs" else grip)
    return fit(parts, size)
