"""Monitor stand: a small board on two sides that lifts a screen, with a drawer or an open slot below."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, STEEL, WHITE_ENAMEL, pick, wood
from spacenum.scenes.assets.parts.furniture import drawer_fronts, fitting, legs
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = pick((wood(rng), wood(rng), WHITE_ENAMEL), rng)
    style = pick(("sides", "drawer", "metal", "drawer"), rng)
    board = clip(0.16 * h, 0.014, 0.02)
    under = h - board
    parts = [box((w, d, board), (0, 0, under), timber, 0.004)]
    if style == "metal":
        metal = pick((BLACK_METAL, STEEL), rng)
        return fit([*parts, *legs(w - 0.03, d - 0.03, under + 0.002, 0.012, 0.012, metal, sides=12)], size)
    side = tint(timber, 0.85)
    parts += [box((0.016, d - 0.006, under + 0.002), (s * (w / 2 - 0.012), 0, 0), side, 0.003) for s in (-1, 1)]
    parts.append(box((w - 0.03, 0.012, under - 0.004), (0, d / 2 - 0.02, 0.005), side, 0))
    if style == "drawer":
        wide = clip(0.42 * w, 0.16, 0.24)
        x = pick((-1.0, 0.0, 1.0), rng) * (w / 2 - wide / 2 - 0.022)
        parts.append(box((wide, d - 0.04, under - 0.003), (x, 0.01, 0.005), side, 0.002))
        parts += drawer_fronts((x, -d / 2 + 0.032, 0.008), wide - 0.006, [under - 0.012], timber, fitting(rng), "knob")
    else:
        parts.append(box((w - 0.03, d - 0.05, 0.008), (0, 0, 0.5 * under), side, 0.001))
        parts.append(box((0.5 * w, 0.5 * d, 0.012), (0, -0.02, 0.5 * under + 0.006), BLACK_PLASTIC, 0.003))
    return fit(parts, size)
