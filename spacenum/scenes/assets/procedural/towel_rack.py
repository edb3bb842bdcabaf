"""Towel rack: a bar on two wall mounts with a towel hanging over it."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material, Part, Size, cylinder, fit, tube
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, CHROME, pick
from spacenum.scenes.assets.parts.shapes import loft, shade

TOWELS: tuple[Colour, ...] = (
    (0.90, 0.89, 0.86), (0.30, 0.52, 0.66), (0.78, 0.42, 0.38), (0.42, 0.58, 0.44), (0.85, 0.70, 0.42),
    (0.45, 0.42, 0.55),
)  # fmt: skip


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    metal = pick((CHROME, CHROME, BRASS, BLACK_METAL), rng)
    plate, bar = 0.028, 0.010
    y, z = -d / 2 + 0.032, h - plate
    parts = [tube([(-w / 2, y, z), (w / 2, y, z)], bar, metal)]
    for side in (-1, 1):
        x = side * (w / 2 - 0.03)
        parts.append(cylinder(plate, 0.012, (x, d / 2 - 0.012, z), metal, axis="y", sections=24))
        parts.append(tube([(x, d / 2 - 0.005, z), (x, y, z)], 0.8 * bar, metal))
    if rng.random() < 0.35:
        share = float(rng.uniform(0.3, 0.36))
        for centre, drop in ((-0.22 * w, 1.0), (0.22 * w, float(rng.uniform(0.6, 0.8)))):
            parts += _towel(centre, share * w, y, z, bar, drop * (h - plate), rng)
    else:
        parts += _towel(0.0, float(rng.uniform(0.55, 0.72)) * w, y, z, bar, h - plate, rng)
    return fit(parts, size)


def _towel(x: float, w: float, y: float, z: float, bar: float, drop: float, rng: np.random.Generator) -> list[Part]:
    """Towel of width ``w`` over the bar at (y, z), hanging down by ``drop`` in front and less behind."""
    colour = pick(TOWELS, rng)
    cloth = Material(colour, 1.0, pattern="fabric", colour2=shade(colour, 0.85), scale=0.01)
    accent = Material(shade(colour, 0.6) if colour[0] > 0.5 else shade(colour, 1.5), roughness=1.0)
    thick = 0.008
    phase, waves = float(rng.uniform(0, 6)), float(rng.uniform(1.5, 2.5))
    r = bar + thick

    def sheet(low: float, high: float, side: int, swell: float, material: Material) -> Part:
        """The cloth between two heights before (side -1) or behind (+1) the bar; ``swell`` makes a band thicker."""
        levels = np.linspace(low, high, 2 if swell else 5)
        rings = []
        for s in np.linspace(0, 1, 17):
            fade = np.clip((z - levels) / drop, 0, 1) ** 0.7
            bulge = 0.007 * fade * np.sin(2 * np.pi * waves * s + phase)
            middle = y + side * (bar + thick / 2) + bulge * (1 if side < 0 else 0.4)
            outer = np.column_stack([middle - thick / 2 - swell, levels])
            inner = np.column_stack([middle + thick / 2 + swell, levels])[::-1]
            yz = np.concatenate([outer, inner])
            rings.append(np.column_stack([np.full(len(yz), x - w / 2 - swell + s * (w + 2 * swell)), yz]))
        return loft([ring[::-1] for ring in rings], material)

    a = np.linspace(0, np.pi, 10)
    arch = np.column_stack([y + r * np.cos(a), z + r * np.sin(a)])
    over = [np.column_stack([np.full(10, at), arch]) for at in (x - w / 2, x + w / 2)]
    parts = [
        sheet(z - drop, z + 0.001, -1, 0.0, cloth),
        sheet(z - 0.75 * drop, z + 0.001, 1, 0.0, cloth),
        loft(over, cloth),
    ]
    for low in (0.10, 0.15):
        parts.append(sheet(z - (1 - low) * drop, z - (1 - low - 0.025) * drop, -1, 0.0012, accent))
    return parts
