"""Bookshelf: an open case of shelves filled with books of many colours."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, fit, lathe
from spacenum.scenes.assets.palette import CERAMICS, PAINTS, PAPER, WHITE_ENAMEL, ceramic, pick, wood
from spacenum.scenes.assets.parts.shapes import clip, tint

BINDINGS = tuple(Material(colour, roughness=0.7) for colour in PAINTS + CERAMICS[1:])


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = pick((wood(rng), wood(rng), WHITE_ENAMEL), rng)
    t, foot = 0.022, 0.06
    parts = [
        box((w - 2 * t + 0.004, 0.012, h - 0.02), (0, d / 2 - 0.009, 0.01), tint(timber, 0.7), 0),
        box((w, d, 0.028), (0, 0, h - 0.028), timber, 0.003),
        box((w - 2 * t + 0.004, d - 0.03, foot), (0, 0.01, 0.001), timber, 0.003),
    ]
    parts += [box((t, d - 0.004, h - 0.01), (s * (w - t - 0.004) / 2, 0, 0), timber, 0.002) for s in (-1, 1)]
    rows = max(3, round((h - foot) / 0.36))
    pitch = (h - 0.028 - foot) / rows
    for k in range(rows):
        low = foot + k * pitch
        parts.append(box((w - 2 * t + 0.004, d - 0.012, 0.02), (0, 0, low - 0.001), timber, 0.002))
        parts += _row(w - 2 * t - 0.01, d, low + 0.019, pitch - 0.02, rng)
    return fit(parts, size)


def _row(width: float, d: float, z: float, clear: float, rng: np.random.Generator) -> list[Part]:
    """Books upright from left to right, sometimes a lying stack, a vase or a gap among them."""
    parts: list[Part] = []
    x = -width / 2
    while x < width / 2 - 0.05:
        left = width / 2 - x
        chance = rng.random()
        if chance < 0.045 and left > 0.25:
            wide, deep = float(rng.uniform(0.18, 0.22)), min(d - 0.08, 0.24)
            level = z
            for _ in range(int(rng.integers(2, 5))):
                tall = float(rng.uniform(0.022, 0.045))
                parts.append(box((wide, deep, tall), (x + wide / 2, -0.02, level), pick(BINDINGS, rng), 0))
                level += tall
                wide -= 0.006
            x += 0.235
        elif chance < 0.075 and left > 0.2:
            r = min(0.065, 0.35 * clear)
            profile = np.array([(0, 0), (0.6, 0), (1, 0.9), (0.9, 1.5), (0.35, 2.0), (0.45, 2.4), (0, 2.4)]) * [
                r,
                min(r, 0.3 * clear),
            ]
            parts.append(lathe(profile, (x + r + 0.02, -0.02, z), ceramic(rng), 16))
            x += 2 * r + 0.04
        elif chance < 0.1:
            x += float(rng.uniform(0.03, 0.1))
        else:
            wide = min(float(rng.uniform(0.02, 0.05)), left)
            tall, deep = clear * float(rng.uniform(0.62, 0.9)), float(rng.uniform(0.6, 0.75)) * d
            lean = left > 0.14 and rng.random() < 0.06
            parts += _book(x, wide, tall, deep, d, z, 11.0 if lean else 0.0, rng)
            x += wide + (0.2 * tall + 0.004 if lean else 0.001)
    return parts


def _book(
    x: float, wide: float, tall: float, deep: float, d: float, z: float, lean: float, rng: np.random.Generator
) -> list[Part]:
    y = -d / 2 + 0.03 + float(rng.uniform(0, 0.02))
    book = [box((wide, deep, tall), (wide / 2, y + deep / 2, 0), pick(BINDINGS, rng), 0)]
    book.append(box((wide - 0.006, deep - 0.02, 0.004), (wide / 2, y + deep / 2, tall - 0.002), PAPER, 0))
    if wide > 0.035 and not lean:
        book.append(
            box(
                (wide - 0.004, 0.004, 0.12 * tall),
                (wide / 2, y, clip(0.7 * tall, 0, tall)),
                pick((PAPER, BINDINGS[2]), rng),
                0,
            )
        )
    return [
        part.turned(-lean, "y").moved((x, 0, z))
        if not lean
        else part.turned(-lean, "y").moved((x + 0.195 * tall, 0, z))
        for part in book
    ]
