"""Picture: a framed landscape or abstract composition in a mat."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, WHITE_ENAMEL, pick, wood
from spacenum.scenes.assets.parts.pictures import abstract, landscape, plate, rectangle, upright
from spacenum.scenes.assets.parts.shapes import moved


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    bar = float(np.clip(0.06 * min(w, h), 0.022, 0.045))
    mat = 0.09 * min(w, h) * (rng.random() < 0.7)
    frame = pick((wood(rng), wood(rng), BLACK_METAL, BRASS, WHITE_ENAMEL), rng)
    front, back = -d / 2, d / 2
    parts = []
    for sx, sz in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        parts.append(plate(_mitred(w, h, bar, sx, sz), front, back, frame))
        parts.append(
            plate(_mitred(w - 1.5 * bar, h - 1.5 * bar, 0.25 * bar + 0.002, sx, sz), front + 0.3 * d, back, BRASS)
        )
    parts.append(
        plate(rectangle(0, 0, w - bar, h - bar), front + 0.7 * d, back - 0.001, Material((0.94, 0.92, 0.87), 0.9))
    )
    inner = (w - 2 * bar - 2 * mat, h - 2 * bar - 2 * mat)
    draw = landscape if rng.random() < 0.55 else abstract
    parts += upright(draw(*inner, rng), front + 0.66 * d, 0.001)
    return fit(moved(parts, (0, 0, h / 2)), size)


def _mitred(w: float, h: float, bar: float, sx: int, sz: int) -> np.ndarray:
    """Outline of one side (sx, sz) of a frame with mitred corners."""
    if sx:
        return np.array(
            [
                (sx * w / 2, -h / 2),
                (sx * w / 2, h / 2),
                (sx * (w / 2 - bar), h / 2 - bar),
                (sx * (w / 2 - bar), bar - h / 2),
            ]
        )
    return np.array(
        [
            (-w / 2, sz * h / 2),
            (w / 2, sz * h / 2),
            (w / 2 - bar, sz * (h / 2 - bar)),
            (bar - w / 2, sz * (h / 2 - bar)),
        ]
    )
