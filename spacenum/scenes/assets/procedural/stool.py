"""Stool: a seat without a back on four splayed legs with rungs."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, cushion, fit
from spacenum.scenes.assets.palette import BLACK_METAL, fabric, paint, pick, wood
from spacenum.scenes.assets.parts.furniture import legs
from spacenum.scenes.assets.parts.shapes import clip, loft, strut, superellipse


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = wood(rng)
    frame = pick((timber, timber, BLACK_METAL, paint(rng)), rng)
    oblong = max(w, d) / min(w, d) > 1.12
    power = 7.0 if oblong or rng.random() < 0.3 else 2.0
    padded = rng.random() < 0.4
    thick, r = (0.055 if padded else 0.035), clip(0.035 * h, 0.014, 0.02)
    splay = 0.04 if power > 2 else 0.2 * min(w, d)
    sides = int(pick((4, 12), rng)) if power > 2 else 12
    parts = legs(w, d, h - 0.02, 0.8 * r, r, frame, sides, splay)
    cloth = fabric(rng) if padded else timber
    wide, deep = (w - 0.02, d - 0.02) if power > 2 else (0.94 * w, 0.94 * d)
    if padded and power > 2:
        parts.append(cushion((wide, deep, thick), (0, 0, h - thick), cloth, 0.025, 4))
    else:
        soft = 0.02 if padded else 0.006
        heights = [
            (h - thick, 2 * soft),
            (h - thick + soft, 0.0),
            (h - soft, 0.0),
            (h - 0.3 * soft, 0.6 * soft),
            (h, 2 * soft),
        ]
        parts.append(loft([superellipse(wide - cut, deep - cut, z, power, 40) for z, cut in heights], cloth))
    for low, pairs in ((0.26 * h, ("x",)), (0.36 * h, ("y",))) if h > 0.5 else ((0.35 * h, ("x", "y")),):
        inset = 0.8 * r + splay * low / h
        x, y = w / 2 - inset, d / 2 - inset
        if "x" in pairs:
            parts += [strut((-x, s * y, low), (x, s * y, low), 0.6 * r, 0.6 * r, frame, 8) for s in (-1, 1)]
        if "y" in pairs:
            parts += [strut((s * x, -y, low), (s * x, y, low), 0.6 * r, 0.6 * r, frame, 8) for s in (-1, 1)]
    return fit(parts, size)
