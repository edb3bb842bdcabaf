"""Desk: a writing board with a pedestal of drawers beside the knees."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_METAL, WHITE_ENAMEL, pick, wood
from spacenum.scenes.assets.parts.furniture import drawer_fronts, fitting, legs
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber, metal = wood(rng), fitting(rng)
    body = pick((timber, tint(timber, 0.8), WHITE_ENAMEL), rng)
    pull = pick(("knob", "bar"), rng)
    board = clip(0.04 * h, 0.025, 0.035)
    under = h - board
    wide = clip(0.3 * w, 0.3, 0.42)
    both = w > 1.25 and rng.random() < 0.5
    first = int(rng.choice([-1, 1]))
    parts = [box((w, d, board), (0, 0, under), timber, 0.005)]
    for side in (-1, 1):
        if side == first or both:
            x = side * (w / 2 - 0.012 - wide / 2)
            parts.append(box((wide, d - 0.05, under - 0.03), (x, 0.005, 0.031), body, 0.003))
            parts.append(box((wide - 0.04, d - 0.1, 0.04), (x, 0.01, 0), BLACK_METAL, 0))
            clear = under - 0.055
            rows = [0.5 * clear, 0.25 * clear, 0.25 * clear] if rng.random() < 0.5 else [clear / 3] * 3
            parts += drawer_fronts((x, -d / 2 + 0.03, 0.04), wide - 0.02, rows, body, metal, pull)
    if not both:
        parts += _far_end(-first, w, d, under, pick(("panel", "legs"), rng), body)
    knees = w - 0.024 - wide * (2 if both else 1)
    centre = 0.0 if both else -first * wide / 2
    parts.append(box((knees + 0.01, 0.02, 0.4 * under), (centre, d / 2 - 0.06, 0.598 * under), body, 0.003))
    if rng.random() < 0.6:
        span = knees - (0 if both else 0.07)
        x = centre + (0 if both else first * 0.03)
        parts.append(box((span, d - 0.15, 0.085), (x, 0.02, under - 0.084), body, 0.003))
        parts += drawer_fronts((x, -d / 2 + 0.09, under - 0.082), span, [0.078], body, metal, pull)
    return fit(parts, size)


def _far_end(side: int, w: float, d: float, under: float, style: str, body: Material) -> list[Part]:
    if style == "panel":
        return [box((0.03, d - 0.05, under + 0.002), (side * (w / 2 - 0.03), 0.005, 0), body, 0.003)]
    pair = [
        leg for leg in legs(w - 0.024, d - 0.06, under + 0.002, 0.025, 0.025, body) if side * leg.vertices[0, 0] > 0
    ]
    return [*pair, box((0.03, d - 0.1, 0.06), (side * (w / 2 - 0.037), 0, under - 0.06), body, 0.003)]
