"""Wall shelf: a board on two brackets that carries books and a small vase."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Part, Size, box, fit, hull, lathe
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, WHITE_ENAMEL, ceramic, pick, wood
from spacenum.scenes.assets.parts.books import book
from spacenum.scenes.assets.parts.shapes import moved, turned

BOARD_M = 0.024


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    board, metal = wood(rng), pick((BLACK_METAL, BRASS, WHITE_ENAMEL), rng)
    under = 0.26 * h
    top = under + BOARD_M
    parts = [box((w, d, BOARD_M), (0, 0, under), board, bevel=0.003)]
    for s in (-1, 1):
        x = s * 0.34 * w
        parts.append(box((0.028, 0.012, under + 0.004), (x, d / 2 - 0.006, 0), metal, bevel=0))
        parts.append(box((0.026, 0.86 * d, 0.01), (x, 0.07 * d, under - 0.008), metal, bevel=0))
        brace = [(d / 2 - 0.003, 0.02), (d / 2 - 0.003, 0.06), (-0.3 * d, under), (-0.3 * d + 0.03, under)]
        parts.append(hull([(x + e, y, z) for e in (-0.007, 0.007) for y, z in brace], metal))
    room, x, first = h - top, -0.46 * w, True
    while x < 0.12 * w:
        thick, tall = rng.uniform(0.024, 0.045), room * (1.0 if first else rng.uniform(0.72, 0.98))
        deep = min(0.75 * tall, 0.78 * d)
        # From lying to standing: width to depth, length to height, the spine towards the viewer.
        volume = turned(turned(book((deep, tall, thick), rng, printed=False), 90, "x"), 90, "z")
        parts += moved(volume, (x, 0.36 * d - deep / 2 + 0.02, top + tall / 2))
        x, first = x + thick + 0.0015, False
    flat = book((0.15, 0.6 * d, 0.03), rng)
    parts += moved(flat, (0.24 * w, 0, top))
    r = min(0.05, 0.3 * d, 0.06 * w)
    profile = [
        (0, 0),
        (0.55, 0),
        (1, 0.3),
        (0.9, 0.55),
        (0.4, 0.8),
        (0.55, 1),
        (0.42, 1),
        (0.3, 0.82),
        (0.3, 0.5),
        (0, 0.5),
    ]
    parts.append(lathe([(p * r, q * 0.72 * room) for p, q in profile], (0.42 * w, 0, top), ceramic(rng), 24))
    return fit(parts, size)
