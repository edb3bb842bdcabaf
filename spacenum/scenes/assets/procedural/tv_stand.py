"""TV stand: a long low cabinet with doors at both ends and open shelves for devices between them."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC, WHITE_ENAMEL, pick, wood
from spacenum.scenes.assets.parts.furniture import door, drawer_fronts, fitting, legs, pull
from spacenum.scenes.assets.parts.shapes import clip, tint

LIT = Material((0.3, 0.8, 1.0), emission=2.0)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber, metal = pick((wood(rng), wood(rng), WHITE_ENAMEL), rng), fitting(rng)
    front = pick((timber, tint(timber, 0.8)), rng)
    style = pick(("flat", "slats", "drawers"), rng)
    foot, t = clip(0.22 * h, 0.07, 0.14), 0.024
    y = -d / 2 + 0.042
    parts = [
        box((w, d, 0.028), (0, 0, h - 0.028), timber, 0.005),
        box((w - 0.01, d - 0.03, t), (0, 0.01, foot), timber, 0.003),
        box((w - 0.03, 0.014, h - foot - 0.02), (0, d / 2 - 0.02, foot + 0.005), tint(timber, 0.55), 0),
        *legs(w - 0.06, d - 0.05, foot + 0.01, 0.016, 0.024, pick((timber, metal), rng), 12, splay=0.02),
    ]
    wing, tall = clip(0.3 * w, 0.38, 0.5), h - 0.028 - foot
    gap = w - 2 * wing
    for side in (-1, 1):
        x = side * (w - wing - 0.012) / 2
        parts.append(box((wing, d - 0.046, tall), (x, 0.017, foot + 0.004), timber, 0.003))
        inner, low, high = wing - 0.03, foot + 0.014, h - 0.038
        if style == "drawers":
            parts += drawer_fronts((x, y, low), inner, [(high - low) / 2] * 2, front, metal, "bar")
        else:
            parts += door((x, y, low), inner, high - low, front, style)
            parts += pull((x - side * (inner / 2 - 0.035), y - 0.014, high - 0.05), inner, metal, "knob")
    shelf = foot + t + 0.5 * (tall - t)
    parts.append(box((gap + 0.03, d - 0.06, 0.018), (0, 0.02, shelf), timber, 0.002))
    parts += _device(-0.1 * gap, 0.55 * gap, shelf + 0.017, min(0.05, 0.5 * (h - shelf - 0.05)), d)
    parts += _device(0.08 * gap, 0.65 * gap, foot + t - 0.001, min(0.07, 0.6 * (shelf - foot - t)), d)
    return fit(parts, size)


def _device(x: float, width: float, z: float, tall: float, d: float) -> list[Part]:
    """A player or receiver: a black case with a lit display."""
    case = box((width, 0.6 * d, tall), (x, -0.01, z), BLACK_PLASTIC, 0.004)
    face = -0.01 - 0.3 * d
    return [case, box((0.14 * width, 0.006, 0.3 * tall), (x + 0.25 * width, face, z + 0.4 * tall), LIT, 0)]
