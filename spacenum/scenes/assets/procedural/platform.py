"""Low platform: a stage of planks or carpet with a panelled front and an edge strip."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit
from spacenum.scenes.assets.palette import BLACK_METAL, STEEL, fabric, pick, wood
from spacenum.scenes.assets.parts.furniture import DARK
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = wood(rng)
    style = pick(("planks", "carpet"), rng)
    deck = clip(0.15 * h, 0.035, 0.05)
    body = pick(
        (tint(timber, 0.75), Material((0.12, 0.12, 0.13), roughness=0.7), Material((0.86, 0.85, 0.82), roughness=0.7)),
        rng,
    )
    parts = [
        box((w - 0.06, d - 0.06, h - deck), (0, 0, 0.002), body, 0),
        box((w - 0.09, d - 0.09, 0.03), (0, 0, 0), DARK, 0),
    ]
    if style == "planks":
        count = round(d / 0.14)
        step = d / count
        parts.append(box((w - 0.01, d - 0.01, deck - 0.006), (0, 0, h - deck), DARK, 0))
        for k in range(count):
            shade = tint(timber, float(pick((0.92, 1.0, 1.06), rng)))
            parts.append(
                box((w, step - 0.006, deck - 0.002), (0, (k + 0.5) * step - d / 2, h - deck + 0.002), shade, 0.002)
            )
    else:
        strip = pick((STEEL, BLACK_METAL), rng)
        parts.append(box((w, d, deck - 0.004), (0, 0, h - deck), strip, 0.003))
        parts.append(box((w - 0.06, d - 0.06, deck - 0.003), (0, 0, h - deck + 0.003), fabric(rng), 0.002))
    return fit(parts + _panels(w, d, h - deck, body), size)


def _panels(w: float, d: float, tall: float, body: Material) -> list[Part]:
    """Raised panels about all four sides."""
    parts = []
    for span, out, turn in (
        (w - 0.06, d / 2 - 0.03, 0),
        (d - 0.06, w / 2 - 0.03, 90),
        (w - 0.06, d / 2 - 0.03, 180),
        (d - 0.06, w / 2 - 0.03, 270),
    ):
        count = round(span / 0.45)
        step = span / count
        for k in range(count):
            x = (k + 0.5) * step - span / 2
            panel = box((step - 0.05, 0.028, tall - 0.07), (x, -out, 0.04), tint(body, 1.25), 0.008)
            parts.append(panel.turned(turn))
    return parts
