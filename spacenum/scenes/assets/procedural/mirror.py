"""Mirror: a framed mirror, rectangular or oval, hung on a wall."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, CHROME, pick, wood
from spacenum.scenes.assets.parts.shapes import loft, oval, rounded

SILVER = Material((0.92, 0.93, 0.94), roughness=0.02, metallic=1.0)
BACKING = Material((0.35, 0.33, 0.30), roughness=0.8)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    material = wood(rng) if rng.random() < 0.5 else pick((BLACK_METAL, BRASS, CHROME), rng)
    wide = float(rng.uniform(0.06, 0.09)) * w if material.pattern == "wood" else float(rng.uniform(0.03, 0.05)) * w
    round_one = bool(rng.random() < 0.35)
    corner = pick((0.004, 0.004, 0.12), rng) * w

    def ring(inset: float, depth: float) -> np.ndarray:
        """Outline ``inset`` metres inside the edge, ``depth`` metres in front of the wall, drawn lying on its back."""
        if round_one:
            return oval((w / 2 - inset, h / 2 - inset), depth, count=56)
        return rounded((w - 2 * inset, h - 2 * inset), depth, max(0.002, corner - inset))

    edge = 0.15 * wide
    profile = [
        ring(0, 0),
        ring(0, 0.8 * d),
        ring(edge, d),
        ring(0.7 * wide, 0.85 * d),
        ring(wide, 0.6 * d),
        ring(wide, 0),
    ]
    parts = [
        loft(profile, material, closed=True),
        loft([ring(0.5 * wide, 0.3 * d), ring(0.5 * wide, 0.52 * d)], SILVER),
        loft([ring(0.4 * wide, 0.05 * d), ring(0.4 * wide, 0.31 * d)], BACKING),
    ]
    return fit([part.turned(90, "x") for part in parts], size)
