"""Knife block: a slanted wooden block with the handles of knives sticking out."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, extrude, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC, STEEL, pick, wood

RED_PLASTIC = Material((0.60, 0.10, 0.10), roughness=0.4)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = wood(rng)
    grip = pick((BLACK_PLASTIC, BLACK_PLASTIC, STEEL, RED_PLASTIC), rng)
    lean = float(rng.uniform(22, 28))
    a = np.radians(lean)
    up, across = np.array([-np.sin(a), np.cos(a)]), np.array([np.cos(a), np.sin(a)])  # (y, z) along and across a knife
    thick = 0.44 * d
    edge = 0.56 * h / np.cos(a) * up  # top of the front, from its foot at the origin
    outline = np.array([(0, 0), edge, edge + thick * across, (thick / np.cos(a) + 0.08 * d, 0)])
    parts = [extrude(outline, w, (-w / 2, 0, 0), timber, axis="x")]
    rows = int(rng.integers(2, 4))
    columns = int(rng.integers(2, 4))
    for row in range(rows):
        at = edge + (row + 0.5) / rows * thick * across
        length = h * (0.3 + 0.05 * row)
        count = columns if row else columns + 1  # the small knives stand in front
        for k in range(count):
            x = (k - (count - 1) / 2) * 0.84 * w / count
            section = (min(0.13 * w, 0.4 * w / count), 0.34 * thick / rows + 0.004)
            parts += _handle(x, at, length * float(rng.uniform(0.92, 1.0)), section, lean, grip)
    return fit(parts, size)


def _handle(
    x: float, at: np.ndarray, length: float, section: tuple[float, float], lean: float, grip: Material
) -> list[Part]:
    """Handle of ``length`` and ``section`` leaning forward by ``lean`` degrees, from ``at`` (y, z), with rivets."""
    w, t = section
    rivet = STEEL if grip is not STEEL else BLACK_PLASTIC
    parts = [
        box((0.7 * w, 0.9 * t, 0.2 * length + 0.01), (0, 0, -0.01), STEEL, bevel=0.001),
        box((w, t, 0.88 * length), (0, 0, 0.12 * length), grip, bevel=0.003),
        box((0.9 * w, 0.5 * t, 0.14 * length), (0, 0.4 * t, 0.86 * length), grip, bevel=0.003),
    ]
    for share in (0.35, 0.6, 0.85):
        parts.append(cylinder(0.0026, w + 0.0012, (-w / 2 - 0.0006, 0, share * length), rivet, axis="x", sections=8))
    return [part.turned(lean, "x").moved((x, *at)) for part in parts]
