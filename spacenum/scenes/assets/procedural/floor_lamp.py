"""Floor lamp: a lit shade on a tall pole with a round foot, or on three legs."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cylinder, fit, lathe, tube
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, STEEL, pick, wood
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    glow = Material(pick(((1.0, 0.9, 0.72), (1.0, 0.95, 0.86), (0.98, 0.82, 0.6)), rng), roughness=0.9, emission=2.0)
    trim = Material(tint(glow, 0.55).colour, roughness=0.9)
    metal, timber = pick((BLACK_METAL, BRASS, STEEL), rng), wood(rng)
    r, tall = w / 2, clip(0.2 * h, 0.26, 0.34)
    low = h - tall
    top = r * pick((0.98, 0.75, 0.55), rng)
    wall = [(0, low + 0.05), (r - 0.006, low + 0.05), (r - 0.006, low), (r - 0.001, low), (top - 0.001, h - 0.003)]
    parts = [
        lathe([*wall, (top - 0.006, h - 0.003), (top - 0.006, h - 0.03), (0, h - 0.03)], (0, 0, 0), glow),
        _band(r, top, low, low, h, trim),
        _band(r, top, h - 0.014, low, h, trim),
        cylinder(0.012, 0.035, (0, 0, h - 0.04), metal, sections=12),
    ]
    if rng.random() < 0.4:
        hub = 0.62 * h
        parts.append(cylinder(0.012, low - hub + 0.1, (0, 0, hub), metal, sections=12))
        parts.append(cylinder(0.035, 0.05, (0, 0, hub - 0.03), metal, sections=16))
        for k in range(3):
            leg = tube([(0, 0.02, hub), (0, 0.8 * r, 0.004)], 0.013, timber, 10)
            parts.append(leg.turned(120 * k))
    else:
        foot = 0.72 * r
        parts.append(
            lathe([(0, 0), (foot, 0), (foot, 0.014), (0.9 * foot, 0.024), (0.03, 0.032), (0, 0.032)], (0, 0, 0), metal)
        )
        parts.append(cylinder(0.013, low + 0.08, (0, 0, 0.02), metal, sections=12))
    return fit([part.scaled((1, d / w, 1)) for part in parts], size)


def _band(r: float, top: float, z: float, low: float, high: float, trim: Material) -> Part:
    """A hoop of 14 mm about the shade, whose radius goes from ``r`` at ``low`` to ``top`` at ``high``."""

    def at(height: float) -> float:
        return r + (top - r) * (height - low) / (high - low) + 0.001

    a, b = at(z), at(z + 0.014)
    inner = min(a, b) - 0.006
    hoop = [(inner, z), (a, z), (b, z + 0.014), (inner, z + 0.014), (inner, z)]
    return lathe(hoop, (0, 0, 0), trim)
