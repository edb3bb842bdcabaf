"""Refrigerator: a tall cabinet with two doors and long handles."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, CHROME, DARK_GLASS, STEEL, WHITE_ENAMEL, pick
from spacenum.scenes.assets.parts.fittings import bar_handle

FINISHES = (
    WHITE_ENAMEL, STEEL, WHITE_ENAMEL, STEEL, Material((0.30, 0.31, 0.33), roughness=0.35, metallic=0.8),
    Material((0.62, 0.16, 0.14), roughness=0.25), Material((0.62, 0.78, 0.74), roughness=0.25),
)  # fmt: skip
PAPERS = (Material((0.95, 0.88, 0.45), roughness=0.9), Material((0.55, 0.75, 0.90), roughness=0.9))


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    finish = pick(FINISHES, rng)
    metal = BLACK_METAL if finish is WHITE_ENAMEL and rng.random() < 0.4 else CHROME
    foot, thick, reach = 0.05, 0.06, 0.045
    face = -d / 2 + reach + thick
    middle, deep = (d / 2 + face) / 2, d / 2 - face
    parts = [
        box((w, deep, h - foot), (0, middle, foot), finish, bevel=0.006),
        box((w - 0.04, deep - 0.02, foot + 0.01), (0, middle, 0), BLACK_PLASTIC, bevel=0),
        box((w - 0.02, 0.02, h - foot - 0.02), (0, face, foot + 0.01), BLACK_PLASTIC, bevel=0),
    ]
    y, front = face - thick / 2 - 0.004, face - thick - 0.003
    if w > 0.7 and rng.random() < 0.5:  # side by side
        split = -float(rng.uniform(0.02, 0.1)) * w
        for low, high, handle in ((-w / 2, split, split - 0.05), (split, w / 2, split + 0.05)):
            parts.append(
                box((high - low - 0.006, thick, h - foot - 0.004), ((low + high) / 2, y, foot), finish, bevel=0.012)
            )
            parts += bar_handle(0.5 * h, (handle, front, 0.55 * h), metal, "z", reach)
        x = (-w / 2 + split) / 2 - 0.02
        parts.append(box((0.26 * w, 0.008, 0.2 * h), (x, front, 0.52 * h), BLACK_PLASTIC, bevel=0.003))
        parts.append(box((0.20 * w, 0.012, 0.11 * h), (x, front, 0.53 * h), DARK_GLASS, bevel=0))
        return fit(parts, size)
    share = float(rng.uniform(0.27, 0.36))
    freezer_on_top = bool(rng.random() < 0.6)
    seam = foot + (h - foot) * (1 - share if freezer_on_top else share)
    side = pick((-1, 1), rng)
    for low, high in ((foot, seam), (seam, h)):
        parts.append(box((w, thick, high - low - 0.008), (0, y, low + 0.002), finish, bevel=0.012))
        length = 0.45 * (high - low)
        middle_z = high - 0.08 - length / 2 if high < h else low + 0.08 + length / 2
        parts += bar_handle(length, (side * (w / 2 - 0.07), front, middle_z), metal, "z", reach)
    if rng.random() < 0.5:
        x, z = -side * 0.15 * w, seam + 0.05 if seam < 0.8 * h and not freezer_on_top else seam - 0.3
        for k, paper in enumerate(PAPERS):
            parts.append(box((0.09, 0.004, 0.11), (x + 0.13 * (k - 0.5), front, z + 0.08 * k), paper, bevel=0))
    return fit(parts, size)
