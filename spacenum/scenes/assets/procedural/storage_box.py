"""Storage box: a coloured carton with a lid, hand holes and a label."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit
from spacenum.scenes.assets.palette import PAINTS, pick


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    shell = Material(pick(PAINTS, rng), roughness=0.7)
    lid = Material(tuple(0.8 * c for c in shell.colour), roughness=0.6)  # type: ignore[arg-type]
    paper, dark = Material((0.93, 0.92, 0.88), 0.8), Material((0.06, 0.06, 0.06), 0.9)
    rim = min(0.05, 0.2 * h)
    parts = [
        box((0.96 * w, 0.96 * d, h - rim), (0, 0, 0), shell, bevel=0.006),
        box((w, d, rim), (0, 0, h - rim), lid, bevel=0.006),
    ]
    for side in (-1, 1):
        parts.append(box((0.3 * w, 0.006, 0.08 * h), (0, side * 0.481 * d, 0.66 * h), dark, bevel=0))
    parts.append(box((0.3 * w, 0.006, 0.25 * h), (0, -0.481 * d, 0.28 * h), paper, bevel=0))
    return fit(parts, size)
