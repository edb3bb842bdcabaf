"""Bed: a headboard, a mattress, pillows and a blanket turned down at the head."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cushion, fit
from spacenum.scenes.assets.palette import fabric, pick, wood
from spacenum.scenes.assets.parts.furniture import legs, pillow
from spacenum.scenes.assets.parts.shapes import clip, strut, tint

LINEN = Material((0.93, 0.92, 0.89), roughness=0.95)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber, cloth = wood(rng), fabric(rng)
    style = pick(("panel", "slats", "upholstered"), rng)
    lie = clip(0.52 * h, 0.42, 0.56)
    head, foot = d / 2 - 0.08, -d / 2 + 0.05
    rail, thick = lie - 0.3, 0.24
    parts = [
        box((w - 0.04, d - 0.06, 0.16), (0, -0.02, rail - 0.06), timber, 0.01),
        cushion((w - 0.1, head - foot, thick), (0, (head + foot) / 2, lie - thick), LINEN, 0.06),
        *legs(w - 0.026, d - 0.026, rail, 0.035, 0.035, timber),
    ]
    parts += _headboard(w, d, h, lie, style, timber, fabric(rng))
    if rng.random() < 0.4:
        parts.append(box((w - 0.01, 0.04, lie + 0.08), (0, -d / 2 + 0.02, 0), timber, 0.012))
    long = pick((0.58, 0.64), rng) * d
    blanket = cushion((w - 0.03, long, thick + 0.02), (0, -d / 2 + 0.03 + long / 2, lie - thick + 0.02), cloth, 0.06)
    turned = cushion((w - 0.022, 0.24, thick), (0, -d / 2 + 0.03 + long, lie - thick + 0.055), tint(cloth, 1.35), 0.05)
    parts += [blanket, turned]
    if rng.random() < 0.6:
        throw = cushion((w - 0.015, 0.42, thick + 0.03), (0, -0.28 * d, lie - thick + 0.025), fabric(rng), 0.06)
        parts.append(throw)
    count = 1 if w < 1.3 else 2
    wide = min(0.7, (w - 0.16) / count - 0.02)
    for k in range(count):
        rest = pillow(wide, 0.46, 0.17, LINEN).turned(14, "x")
        parts.append(rest.moved(((k - (count - 1) / 2) * (wide + 0.03), head - 0.27, lie + 0.01)))
    return fit(parts, size)


def _headboard(w: float, d: float, h: float, lie: float, style: str, timber: Material, cloth: Material) -> list[Part]:
    y = d / 2 - 0.04
    if style == "panel":
        frame = [
            box((w, 0.05, h - 0.02), (0, y + 0.01, 0), timber, 0.01),
            box((w, 0.08, 0.04), (0, y, h - 0.04), timber, 0.01),
        ]
        return [*frame, box((w - 0.24, 0.05, h - lie - 0.2), (0, y - 0.005, lie + 0.08), tint(timber, 0.8), 0.01)]
    if style == "slats":
        posts = [strut((s * (w / 2 - 0.03), y, 0), (s * (w / 2 - 0.03), y, h), 0.03, 0.03, timber, 4) for s in (-1, 1)]
        rails = [box((w - 0.1, 0.045, 0.07), (0, y, z), timber, 0.008) for z in (lie - 0.05, h - 0.09)]
        count = round(w / 0.16)
        step = (w - 0.12) / count
        slats = [
            box((0.05, 0.025, h - lie - 0.02), ((k - (count - 1) / 2) * step, y, lie - 0.03), timber, 0.004)
            for k in range(count)
        ]
        return posts + rails + slats
    count = round(w / 0.22)
    step = w / count
    padded = [
        cushion((step, 0.08, h - 0.12), ((k - (count - 1) / 2) * step, y, 0.12), cloth, 0.03, 4) for k in range(count)
    ]
    return [*padded, box((w - 0.04, 0.04, h - 0.05), (0, y + 0.01, 0.01), cloth, 0.01)]
