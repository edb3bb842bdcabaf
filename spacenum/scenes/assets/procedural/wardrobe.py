"""Wardrobe: a tall cabinet with two to four doors, long handles, and sometimes drawers below."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, box, fit
from spacenum.scenes.assets.palette import WHITE_ENAMEL, pick, wood
from spacenum.scenes.assets.parts.fittings import bar_handle, knob
from spacenum.scenes.assets.parts.furniture import door, drawer_fronts, fitting, legs
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber, metal = pick((wood(rng), wood(rng), WHITE_ENAMEL), rng), fitting(rng)
    style, grip = pick(("flat", "panel", "slats"), rng), pick(("bar", "knob"), rng)
    foot = 0.09 if rng.random() < 0.6 else 0.16
    crown = 0.05
    y = -d / 2 + 0.046
    parts = [
        box((w, d, crown), (0, 0, h - crown), timber, 0.012),
        box((w - 0.03, d - 0.05, h - foot - 0.03), (0, 0.021, foot), timber, 0.004),
    ]
    if foot > 0.1:
        parts += legs(w - 0.04, d - 0.06, foot + 0.01, 0.022, 0.034, tint(timber, 0.8), sides=12)
    else:
        parts.append(box((w - 0.05, d - 0.08, foot + 0.01), (0, 0.02, 0), tint(timber, 0.75), 0.004))
    low, high = foot + 0.025, h - crown - 0.015
    inner = w - 0.07
    if rng.random() < 0.5:
        tall = 0.21
        for side in (-1, 1):
            parts += drawer_fronts(
                (side * inner / 4, y, low), inner / 2, [tall], timber, metal, "bar" if grip == "bar" else "knob"
            )
        low += tall + 0.012
    count = 2 if w < 1.15 else 4 if w > 1.4 else 3
    wide = inner / count
    for k in range(count):
        x = (k - (count - 1) / 2) * wide
        parts += door((x, y, low), wide, high - low, timber, style)
        hinge_left = k % 2 == 0 if count != 3 else k < 1
        at = x + (0.5 * wide - 0.04) * (1 if hinge_left else -1)
        z = low + clip(0.5 * (high - low), 0.6, 0.9)
        parts += (
            bar_handle(0.32, (at, y - 0.014, z), metal, "z") if grip == "bar" else knob((at, y - 0.014, z), metal, 0.02)
        )
    return fit(parts, size)
