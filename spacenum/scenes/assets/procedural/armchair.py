"""Armchair: one padded seat between two arms: a club chair, a wing chair or a wooden frame with cushions."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cushion, fit
from spacenum.scenes.assets.palette import fabric, pick, wood
from spacenum.scenes.assets.parts.furniture import legs, pillow, upholstered_arm
from spacenum.scenes.assets.parts.shapes import clip, strut, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    cloth, timber = fabric(rng), wood(rng)
    style = pick(("club", "wing", "frame"), rng)
    sit = clip(0.46 * h, 0.38, 0.44)
    parts = _frame(w, d, h, sit, cloth, timber) if style == "frame" else _padded(w, d, h, sit, cloth, timber, style)
    if rng.random() < 0.5:
        loose = pillow(0.36, 0.3, 0.13, fabric(rng)).turned(66, "x")
        parts.append(loose.moved((0, d / 2 - 0.42, sit + 0.13)))
    return fit(parts, size)


def _padded(w: float, d: float, h: float, sit: float, cloth: Material, timber: Material, style: str) -> list[Part]:
    body, low = tint(cloth, 0.88), 0.13
    arm = clip(0.2 * w, 0.13, 0.18)
    inner, rest, back = w - 2 * arm, sit + 0.2, 0.2
    parts = [
        *legs(w - 0.06, d - 0.06, low + 0.02, 0.016, 0.028, timber, sides=12),
        box((inner + 0.04, d - 0.06, sit - 0.12 - low), (0, 0.01, low + 0.005), body, 0.01),
        cushion((inner - 0.006, d - back - 0.02, 0.18), (0, -back / 2 - 0.001, sit - 0.18), cloth, 0.06),
        cushion((inner - 0.01, 0.2, h - sit - 0.02), (0, 0, 0), cloth, 0.08)
        .turned(-8, "x")
        .moved((0, d / 2 - back - 0.06, sit - 0.02)),
    ]
    roll = "rolled" if style == "club" else "block"
    for side in (-1, 1):
        parts += [
            p.moved((side * inner / 2, 0, 0)) for p in upholstered_arm(side, arm, d - 0.012, low, rest, body, roll)
        ]
        if style == "wing":
            wing = cushion(
                (0.09, 0.36, h - rest + 0.04), (side * (inner / 2 + 0.035), d / 2 - 0.19, rest - 0.05), body, 0.045
            )
            parts.append(wing)
    wide = inner + (0.14 if style == "wing" else 0.03)
    return [*parts, cushion((wide, back - 0.04, h - low - 0.01), (0, d / 2 - 0.084, low + 0.01), body, 0.07)]


def _frame(w: float, d: float, h: float, sit: float, cloth: Material, timber: Material) -> list[Part]:
    rest, thick = sit + 0.2, 0.022
    parts = [
        cushion((w - 0.13, d - 0.14, 0.15), (0, -0.06, sit - 0.15), cloth, 0.05),
        cushion((w - 0.14, 0.16, h - sit + 0.03), (0, 0, 0), cloth, 0.06)
        .turned(-13, "x")
        .moved((0, d / 2 - 0.27, sit - 0.02)),
        box((w - 0.1, d - 0.2, 0.04), (0, -0.03, sit - 0.18), timber, 0.006),
        box((w - 0.1, 0.035, h - sit - 0.08), (0, 0, 0), tint(timber, 0.8), 0.006)
        .turned(-13, "x")
        .moved((0, d / 2 - 0.17, sit - 0.02)),
    ]
    for side in (-1, 1):
        x = side * (w / 2 - 0.04)
        parts += [
            strut((x, -d / 2 + 0.05, 0), (x, -d / 2 + 0.07, rest - 0.01), thick * 0.7, thick, timber),
            strut((x, d / 2 - 0.02, 0), (x, d / 2 - 0.14, rest - 0.01), thick * 0.7, thick, timber),
            box((0.08, d - 0.04, 0.03), (x, -0.02, rest - 0.025), timber, 0.01),
            box((0.03, d - 0.16, 0.05), (x, -0.02, sit - 0.17), timber, 0.006),
        ]
    return parts
