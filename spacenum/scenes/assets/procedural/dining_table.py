"""Dining table: a board on an apron with four legs, or on two trestles."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit, lathe
from spacenum.scenes.assets.palette import pick, wood
from spacenum.scenes.assets.parts.furniture import legs
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = wood(rng)
    frame = pick((timber, tint(timber, 0.75), Material((0.9, 0.89, 0.86), roughness=0.5)), rng)
    style = pick(("square", "tapered", "turned", "trestle"), rng)
    board = clip(0.05 * h, 0.03, 0.045)
    under = h - board
    parts = [box((w, d, board), (0, 0, under), timber, 0.006)]
    if style == "trestle":
        return fit(parts + _trestle(w, d, under, frame), size)
    tall, inset = 0.09, 0.05
    for side in (-1, 1):
        parts.append(
            box((w - 2 * inset - 0.06, 0.022, tall), (0, side * (d / 2 - inset - 0.02), under - tall), frame, 0.003)
        )
        parts.append(
            box((0.022, d - 2 * inset - 0.06, tall), (side * (w / 2 - inset - 0.02), 0, under - tall), frame, 0.003)
        )
    if style == "turned":
        post = [
            (0, 0),
            (0.018, 0),
            (0.022, 0.04),
            (0.03, 0.2),
            (0.024, 0.32),
            (0.036, 0.36),
            (0.036, 0.4),
            (0.026, 0.44),
        ]
        profile = np.array([*post, (0.038, 0.7), (0.03, 0.74), (0.03, 0.8), (0, 0.8)]) * [1, under / 0.8]
        for x, y in [(i * (w / 2 - inset - 0.036), j * (d / 2 - inset - 0.036)) for i in (-1, 1) for j in (-1, 1)]:
            parts.append(lathe(profile, (x, y, 0), frame, sections=16))
            parts.append(box((0.076, 0.076, tall + 0.03), (x, y, under - tall - 0.03), frame, 0.004))
    else:
        foot = 0.036 if style == "square" else 0.02
        parts += legs(w - 2 * inset, d - 2 * inset, under + 0.002, foot, 0.036, frame)
    return fit(parts, size)


def _trestle(w: float, d: float, under: float, frame: Material) -> list[Part]:
    parts = [box((w - 0.4, 0.04, 0.09), (0, 0, 0.3 * under), frame, 0.006)]
    for side in (-1, 1):
        x = side * (w / 2 - 0.2)
        parts += [
            box((0.09, d - 0.12, 0.06), (x, 0, 0), frame, 0.012),
            box((0.09, d - 0.2, 0.06), (x, 0, under - 0.058), frame, 0.012),
            box((0.07, 0.16, under - 0.06), (x, 0, 0.03), frame, 0.008),
        ]
    return parts
