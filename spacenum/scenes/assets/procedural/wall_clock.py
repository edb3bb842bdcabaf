"""Wall clock: a round or rectangular case with hour marks and hands."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC, BRASS, paint, pick, wood
from spacenum.scenes.assets.parts.dials import dial, ring
from spacenum.scenes.assets.parts.pictures import disc, plate, rectangle
from spacenum.scenes.assets.parts.shapes import moved


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    case = pick((BLACK_PLASTIC, BRASS, wood(rng), paint(rng)), rng)
    dark = rng.random() < 0.25
    face = Material((0.14, 0.18, 0.26) if dark else (0.95, 0.94, 0.90), 0.6)
    ink = Material((0.93, 0.91, 0.84) if dark else (0.07, 0.07, 0.08), 0.5)
    front, back = -d / 2 + 0.012, d / 2
    if max(w, h) / min(w, h) < 1.12:
        bar = 0.035 * min(w, h)
        parts = [plate(disc(0, 0, w / 2 - 0.4 * bar, h / 2 - 0.4 * bar, 56), front + 0.002, back, case)]
        parts.append(plate(disc(0, 0, w / 2 - bar, h / 2 - bar, 56), front, back - 0.01, face))
        parts.append(ring(w / 2 - bar, h / 2 - bar, -d / 2 + bar, bar, case, 56))
    else:
        edge = 0.055 * min(w, h)
        parts = [plate(rectangle(0, 0, w - 0.006, h - 0.006), front + 0.006, back, case)]
        for x, z, a, b in (
            (w - edge, 0, edge, h),
            (edge - w, 0, edge, h),
            (0, h - edge, w - 2 * edge, edge),
            (0, edge - h, w - 2 * edge, edge),
        ):
            parts.append(plate(rectangle(x / 2, z / 2, a, b), -d / 2, back - 0.01, case))
        parts.append(plate(rectangle(0, 0, w - 1.5 * edge, h - 1.5 * edge), front, back - 0.01, face))
    parts += dial(0.42 * w, 0.42 * h, front, rng, ink)
    return fit(moved(parts, (0, 0, h / 2)), size)
