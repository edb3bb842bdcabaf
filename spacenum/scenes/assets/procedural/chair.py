"""Chair: a dining chair with four legs, a seat and a back of rungs, spindles or one bent board."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cushion, fit
from spacenum.scenes.assets.palette import fabric, pick, wood
from spacenum.scenes.assets.parts.shapes import clip, slab, strut


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = wood(rng)
    sit, r = clip(0.5 * h, 0.42, 0.47), clip(0.045 * w, 0.018, 0.022)
    sides = int(pick((4, 12), rng))
    x, front, back = w / 2 - 0.025, -d / 2 + 0.025, d / 2 - 0.07
    parts = [box((w, d - 0.04, 0.03), (0, -0.02, sit - 0.03), timber, 0.01)]
    for side in (-1, 1):
        parts += [
            strut((side * x, front, 0), (side * x, front + 0.005, sit - 0.01), 0.75 * r, r, timber, sides),
            strut((side * x, d / 2 - 0.02, 0), (side * x, back, sit), 0.75 * r, r, timber, sides),
            strut((side * x, back, sit - 0.02), (side * x, d / 2 - r, h), r, 0.85 * r, timber, sides),
            strut((side * x, front, 0.4 * sit), (side * x, back + 0.03, 0.4 * sit), 0.011, 0.011, timber, sides),
            box((0.018, d - 0.1, 0.05), (side * x, -0.02, sit - 0.078), timber, 0.003),
            box((w - 0.05, 0.018, 0.05), (0, front + 0.003 if side < 0 else back + 0.01, sit - 0.077), timber, 0.003),
        ]
    parts.append(strut((-x, -0.01, 0.39 * sit), (x, -0.01, 0.39 * sit), 0.011, 0.011, timber, sides))
    parts += _back(
        pick(("ladder", "spindles", "board", "padded"), rng), x, back, d / 2 - r, sit, h, timber, fabric(rng)
    )
    if rng.random() < 0.5:
        parts.append(cushion((w - 0.05, d - 0.11, 0.045), (0, -0.025, sit - 0.012), fabric(rng), 0.02, 4))
    return fit(parts, size)


def _back(
    style: str, x: float, low: float, high: float, sit: float, h: float, timber: Material, cloth: Material
) -> list[Part]:
    def y(z: float) -> float:
        return low + (high - low) * (z - sit) / (h - sit)

    def rail(z0: float, z1: float, material: Material, thick: float = 0.018) -> Part:
        u, z = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(z0, z1, 2))
        bend = y(0) + (y(1) - y(0)) * z + 0.028 * (1 - u**2) - 0.028
        front = np.stack([u * (x + 0.002), bend - thick / 2, z], axis=-1)
        return slab(front, front + [0, thick, 0], material)

    tall = h - sit
    if style == "ladder":
        return [rail(sit + f * tall, sit + f * tall + 0.16 * tall, timber) for f in (0.25, 0.52, 0.79)]
    if style == "spindles":
        rods = [
            strut((k * 0.3 * x, y(sit), sit - 0.01), (k * 0.3 * x, y(h) - 0.02, h - 0.08), 0.009, 0.009, timber, 8)
            for k in range(-2, 3)
        ]
        return [*rods, rail(h - 0.1, h - 0.015, timber, 0.024)]
    if style == "board":
        return [rail(sit + 0.45 * tall, h - 0.01, timber)]
    return [rail(sit + 0.3 * tall, h - 0.03, cloth, 0.05), rail(h - 0.05, h - 0.008, timber, 0.026)]
