"""Office chair: a five-star base on castors, a gas column, a padded seat, a bent back and two arm rests."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cushion, cylinder, fit, frustum, tube
from spacenum.scenes.assets.palette import BLACK_PLASTIC, STEEL, fabric, pick
from spacenum.scenes.assets.parts.shapes import clip, slab, strut, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    cloth = pick((fabric(rng), tint(BLACK_PLASTIC, 2.2)), rng)
    base = pick((STEEL, BLACK_PLASTIC), rng)
    sit = clip(0.47 * h, 0.44, 0.5)
    parts = _base(w, d, sit - 0.11, base)
    parts += [
        cushion((w - 0.12, 0.78 * d, 0.09), (0, -0.06, sit - 0.09), cloth, 0.04),
        cushion((w - 0.16, 0.6 * d, 0.03), (0, -0.04, sit - 0.11), BLACK_PLASTIC, 0.01, 3),
    ]
    head = rng.random() < 0.4 and h > 0.98
    top = h - 0.17 if head else h
    parts.append(_bent(w - 0.14, sit + 0.06, top, d, 0.05, cloth))
    parts.append(_bent(w - 0.26, sit + 0.12, top - 0.08, d, 0.016, BLACK_PLASTIC))
    if head:
        parts.append(_bent(0.28, h - 0.13, h, d, 0.05, cloth))
    spine = [(0, 0.1 * d, sit - 0.1), (0, 0.4 * d, sit - 0.09), (0, d / 2 - 0.035, sit), (0, d / 2 - 0.022, sit + 0.12)]
    parts.append(tube([*spine, (0, d / 2 - 0.022, h - 0.06 if head else sit + 0.25)], 0.02, BLACK_PLASTIC, 8))
    for side in (-1, 1):
        x = side * (w / 2 - 0.045)
        post = [
            (side * 0.12, 0, sit - 0.095),
            (x - side * 0.02, 0, sit - 0.09),
            (x, 0, sit - 0.06),
            (x, 0.01, sit + 0.19),
        ]
        parts.append(tube(post, 0.016, BLACK_PLASTIC, 8))
        parts.append(cushion((0.085, 0.27, 0.035), (x, -0.01, sit + 0.18), BLACK_PLASTIC, 0.015, 4))
    return fit(parts, size)


def _base(w: float, d: float, top: float, metal: Material) -> list[Part]:
    parts = [
        frustum(0.045, 0.035, 0.08, (0, 0, 0.065), metal, sections=16),
        cylinder(0.026, top - 0.1, (0, 0, 0.11), STEEL, sections=16),
    ]
    parts.append(cylinder(0.038, 0.5 * (top - 0.12), (0, 0, 0.12), BLACK_PLASTIC, sections=16))
    reach = min(w, d) / 2 - 0.03
    for k in range(5):
        arm = strut((0, -0.02, 0.105), (0, -reach - 0.012, 0.075), 0.026, 0.016, metal, 4)
        wheels = [
            cylinder(0.028, 0.018, (x, -reach, 0.028), BLACK_PLASTIC, axis="x", sections=14) for x in (-0.023, 0.005)
        ]
        stem = cylinder(0.01, 0.05, (0, -reach, 0.028), BLACK_PLASTIC, sections=8)
        parts += [part.turned(72 * k + 36) for part in (arm, *wheels, stem)]
    return parts


def _bent(width: float, low: float, high: float, d: float, thick: float, material: Material) -> Part:
    """A padded panel that wraps about the back, its rear middle at y = d / 2 - 4 cm."""
    u, v = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(-1, 1, 9))
    half, tall = width / 2, (high - low) / 2
    x = half * u * (1 - 0.12 * v**4) * (1 - 0.05 * (v + 1))
    z = (low + high) / 2 + tall * v * (1 - 0.1 * u**4)
    y = d / 2 - 0.045 - 0.32 * x**2 / half - 0.05 * v**2 * tall
    edge = thick / 2 * (0.25 + 0.75 * ((1 - u**6) * (1 - v**6)) ** 0.5)
    behind = 0.026 if thick < 0.03 else 0.0
    return slab(np.stack([x, y - edge + behind, z], axis=-1), np.stack([x, y + edge + behind, z], axis=-1), material)
