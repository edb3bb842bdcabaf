"""Sofa: two arms, a back, two or three seat cushions and as many back cushions, with throw pillows."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, box, cushion, fit
from spacenum.scenes.assets.palette import BLACK_METAL, fabric, pick, wood
from spacenum.scenes.assets.parts.furniture import legs, pillow, upholstered_arm
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    cloth, accent = fabric(rng), fabric(rng)
    frame = tint(cloth, 0.88)
    style = pick(("block", "rolled", "slim"), rng)
    arm = clip(0.1 * w, 0.13, 0.2) * (0.6 if style == "slim" else 1)
    low, sit = clip(0.13 * h, 0.08, 0.13), clip(0.52 * h, 0.38, 0.45)
    rest, back = clip(0.72 * h, sit + 0.12, sit + 0.22), 0.16
    inner = w - 2 * arm
    parts = [
        box((inner + 0.04, d - 0.06, sit - 0.12 - low), (0, 0.01, low + 0.005), frame, 0.01),
        cushion((inner + 0.03, back, h - low - 0.01), (0, (d - back) / 2 - 0.004, low + 0.01), frame, 0.05),
        *legs(w - 0.06, d - 0.06, low + 0.02, 0.02, 0.028, pick((wood(rng), BLACK_METAL), rng), sides=12),
    ]
    for side in (-1, 1):
        parts += [
            p.moved((side * inner / 2, 0, 0)) for p in upholstered_arm(side, arm, d - 0.012, low, rest, frame, style)
        ]
    count = 3 if w > 1.85 else 2
    wide, deep = inner / count, d - back - 0.01
    for k in range(count):
        x = (k - (count - 1) / 2) * wide
        parts.append(cushion((wide - 0.006, deep, 0.17), (x, -d / 2 + 0.005 + deep / 2, sit - 0.17), cloth, 0.045, 4))
        soft = cushion((wide - 0.012, 0.17, h - sit + 0.01), (0, 0, 0), cloth, 0.07).turned(-9, "x")
        parts.append(soft.moved((x, d / 2 - back - 0.1, sit - 0.02)))
    side_pillows = pick(((-1, 1), (1,), (-1,)), rng)
    reach = clip(0.9 * (h - sit), 0.3, 0.42)
    for side in side_pillows:
        loose = pillow(reach, reach, 0.14, accent).turned(68, "x").turned(-16 * side)
        parts.append(loose.moved((side * (inner / 2 - 0.24), d / 2 - back - 0.28, sit + 0.42 * reach)))
    return fit(parts, size)
