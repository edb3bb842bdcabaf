"""Rug: a flat woven carpet with borders, a pattern and fringes."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material, Part, Size, box, extrude, fit
from spacenum.scenes.assets.palette import pick
from spacenum.scenes.assets.parts.pictures import Outline, disc, rectangle
from spacenum.scenes.assets.parts.shapes import shade

Motif = tuple[Outline, int, int]  # outline, yarn (0..3), level of the weave

LOOKS: tuple[tuple[Colour, ...], ...] = (
    ((0.52, 0.12, 0.12), (0.12, 0.16, 0.30), (0.86, 0.76, 0.56), (0.70, 0.44, 0.18)),
    ((0.14, 0.26, 0.42), (0.80, 0.74, 0.62), (0.60, 0.24, 0.18), (0.42, 0.56, 0.60)),
    ((0.84, 0.79, 0.68), (0.36, 0.46, 0.40), (0.70, 0.40, 0.26), (0.26, 0.24, 0.22)),
    ((0.28, 0.42, 0.40), (0.90, 0.84, 0.70), (0.84, 0.56, 0.28), (0.16, 0.24, 0.28)),
)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    yarns = [Material(c, 0.98, pattern="fabric", colour2=shade(c, 0.8), scale=0.02) for c in pick(LOOKS, rng)]
    fringe = 0.03 * w
    body, step = w - 2 * fringe, 0.5 * h / 8
    parts: list[Part] = []

    def lay(outline: Outline, yarn: int, level: int) -> None:
        parts.append(extrude(outline, 0.5 * h + level * step, (0, 0, 0), yarns[yarn]))

    lay(rectangle(0, 0, body, d), 0, 0)
    rim = 0.045 * d
    for level, (inset, yarn) in enumerate(((0.6, 2), (1.0, 1), (3.0, 2), (3.4, 0)), start=1):
        lay(rectangle(0, 0, body - 2 * inset * rim, d - 2 * inset * rim), yarn, level)
    count = round(body / (2.6 * rim))
    for k in range(count):
        for s in (-1, 1):
            lay(disc((k + 0.5 - count / 2) * body / count, s * (d / 2 - 2 * rim), 0.8 * rim, 0.6 * rim, 4), 3, 3)
    field = (body - 6.8 * rim, d - 6.8 * rim)
    for outline, yarn, level in (_medallion, _lattice, _stripes)[int(rng.integers(3))](*field):
        lay(outline, yarn, level)
    strands = int(d / 0.035)
    cream = Material((0.88, 0.84, 0.72), 0.95)
    for k in range(strands):
        for s in (-1, 1):
            at = (s * (body + fringe) / 2, (k + 0.5 - strands / 2) * d / strands, 0)
            parts.append(box((fringe + 0.004, 0.55 * d / strands, 0.4 * h), at, cream, bevel=0))
    return fit(parts, size)


def _medallion(w: float, d: float) -> list[Motif]:
    """Nested lozenges in the middle and a corner piece in each corner of a field of w x d metres."""
    shapes: list[Motif] = [
        (disc(0, 0, 0.40 * w, 0.46 * d, 4), 2, 5),
        (disc(0, 0, 0.33 * w, 0.38 * d, 4), 1, 6),
        (disc(0, 0, 0.15 * w, 0.19 * d, 8), 3, 7),
        (disc(0, 0, 0.08 * w, 0.10 * d, 4), 2, 8),
    ]
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * w / 2, sy * d / 2
            shapes.append((np.array([(x, y), (x - sx * 0.22 * w, y), (x, y - sy * 0.32 * d)]), 1, 5))
    return shapes


def _lattice(w: float, d: float) -> list[Motif]:
    """Rows of lozenges with hearts."""
    nx, ny = 6, max(3, round(6 * d / w))
    shapes: list[Motif] = []
    for i in range(nx):
        for j in range(ny):
            x, y = (i + 0.5 - nx / 2) * w / nx, (j + 0.5 - ny / 2) * d / ny
            shapes.append((disc(x, y, 0.44 * w / nx, 0.44 * d / ny, 4), 1 if (i + j) % 2 else 2, 5))
            shapes.append((disc(x, y, 0.2 * w / nx, 0.2 * d / ny, 4), 3, 6))
    return shapes


def _stripes(w: float, d: float) -> list[Motif]:
    """Cross stripes of different widths with rows of lozenges between them."""
    shapes: list[Motif] = []
    for k in range(-3, 4):
        x = k * w / 7
        if k % 2:
            shapes += [(rectangle(x, 0, 0.085 * w, d), 1, 5), (rectangle(x, 0, 0.03 * w, d), 2, 6)]
        else:
            shapes += [(disc(x, (j - 1.5) * d / 4, 0.04 * w, 0.1 * d, 4), 3 if j % 2 else 2, 5) for j in range(4)]
    return shapes
