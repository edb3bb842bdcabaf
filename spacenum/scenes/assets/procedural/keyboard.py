"""Computer keyboard: letter block, arrows and number pad."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit, hull
from spacenum.scenes.assets.palette import pick

LOOKS = (
    ((0.10, 0.10, 0.11), (0.22, 0.22, 0.24), (0.70, 0.25, 0.20)),
    ((0.78, 0.79, 0.80), (0.95, 0.95, 0.94), (0.55, 0.58, 0.62)),
    ((0.20, 0.22, 0.26), (0.86, 0.86, 0.84), (0.30, 0.50, 0.68)),
)
# Widths in keys, from the front row to the back; negative: a gap.
ROWS: tuple[tuple[float, ...], ...] = (
    (1.25, 1.25, 1.25, 6.0, 1.25, 1.25, 1.25, 1.5, -0.25, 1, 1, 1, -0.25, 2, 1, 1),
    (2.25, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2.75, -1.25, 1, -1.25, 1, 1, 1, 1),
    (1.75, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2.25, -3.5, 1, 1, 1, 1),
    (1.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, -0.25, 1, 1, 1, -0.25, 1, 1, 1, 1),
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, -0.25, 1, 1, 1, -0.25, 1, 1, 1, 1),
    (1, -0.6, 1, 1, 1, 1, -0.5, 1, 1, 1, 1, -0.5, 1, 1, 1, 1, -0.65, 1, 1, 1, -0.25, 1, 1, 1, 1),
)
COLUMNS = 22.5


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    case, key, accent = (Material(colour, 0.55) for colour in pick(LOOKS, rng))
    cap = 0.006
    low, high = 0.45 * h, h - cap
    corners = [(s * w / 2 * k, y * k, z) for s in (-1, 1) for k in (0.99, 1.0) for y, z in ((-d / 2, 0), (d / 2, 0))]
    tops = [(s * 0.985 * w / 2, y, z) for s in (-1, 1) for y, z in ((-0.48 * d, low), (0.48 * d, high))]
    parts = [hull([*corners, *tops], case)]
    pitch, row = 0.965 * w / COLUMNS, 0.9 * d / 6.3
    for j, widths in enumerate(ROWS):
        x = -0.4825 * w
        y = -0.45 * d + (j + 0.5 + (0.3 if j == 5 else 0)) * row
        z = low + (high - low) * (y / d + 0.48) / 0.96
        for k, width in enumerate(widths):
            if width > 0:
                special = (j == 2 and width == 2.25) or (j == 5 and k == 0)
                parts.append(_key(x + width * pitch / 2, y, z, width * pitch, row, cap, accent if special else key))
            x += abs(width) * pitch
    return fit(parts, size)


def _key(x: float, y: float, z: float, w: float, d: float, cap: float, material: Material) -> Part:
    """A key cap that tapers upwards, of ``cap`` metres above z."""
    base, top = (w - 0.002, d - 0.002), (w - 0.006, d - 0.006)
    rings = ((base, z - 0.003), (top, z + cap))
    return hull(
        [(x + sx * a / 2, y + sy * b / 2, c) for (a, b), c in rings for sx in (-1, 1) for sy in (-1, 1)], material
    )
