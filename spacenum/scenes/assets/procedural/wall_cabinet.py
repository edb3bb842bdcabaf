"""Wall cabinet: a kitchen cupboard with doors, hung on a wall."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC
from spacenum.scenes.assets.parts.fittings import doors, kitchen_fronts


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    style = kitchen_fronts(rng)
    face = -d / 2 + 0.046
    deep, middle = d / 2 - face, (d / 2 + face) / 2
    cornice = 0.03 if rng.random() < 0.4 else 0.0
    body = h - cornice
    parts = [
        box((w - 0.002, deep, body), (0, middle, 0), style.face, bevel=0.002),
        box((w - 0.012, 0.004, body - 0.012), (0, face, 0.006), BLACK_PLASTIC, bevel=0),
        *doors((w, body), (0, face, 0), style, max(2, round(w / 0.42)), "bottom"),
    ]
    if cornice:
        parts.append(box((w, deep + 0.03, cornice), (0, middle - 0.015, body - 0.001), style.face, bevel=0.008))
    return fit(parts, size)
