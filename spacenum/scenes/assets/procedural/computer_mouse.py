"""Computer mouse: two buttons, a wheel and a rounded back."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cylinder, fit, hull
from spacenum.scenes.assets.palette import BLACK_PLASTIC, pick
from spacenum.scenes.assets.parts.shapes import shade

LOOKS = ((0.90, 0.90, 0.90), (0.16, 0.17, 0.19), (0.62, 0.64, 0.67), (0.72, 0.20, 0.18), (0.20, 0.36, 0.58))
SPLIT = -0.12  # where the buttons end, as a fraction of the depth


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    colour = pick(LOOKS, rng)
    shell, button = Material(colour, 0.4), Material(shade(colour, 1.12 if max(colour) < 0.85 else 0.86), 0.3)
    gap = 0.0012 / w
    parts = [
        _shell(size, (-1, 1), (-1, 1), 0.0, 0.34, Material(shade(colour, 0.45), 0.6)),
        _shell(size, (-1, 1), (-1, 1), 0.06, 0.93, BLACK_PLASTIC).scaled((0.975, 0.985, 1)),
        _shell(size, (-1, 1), (2 * SPLIT + 0.02, 1), 0.24, 1.0, shell),
        _shell(size, (-1, -2 * gap), (-1, 2 * SPLIT), 0.24, 1.0, button),
        _shell(size, (2 * gap, 1), (-1, 2 * SPLIT), 0.24, 1.0, button),
    ]
    radius = 0.19 * h
    top = _height(0.0, -0.55) * h
    wheel = Material((0.05, 0.05, 0.06), 0.7) if max(colour) > 0.3 else Material((0.6, 0.62, 0.65), 0.5)
    parts.append(
        cylinder(radius, 0.13 * w, (-0.065 * w, -0.275 * d, top - 0.45 * radius), wheel, axis="x", sections=20)
    )
    return fit(parts, size)


def _height(u: float, v: float) -> float:
    """Height of the back, 0..1, at (u, v) in -1..1 across and along; highest behind the middle."""
    along = 1 - 0.62 * ((v - 0.15) / 1.15) ** 2 if v < 0.15 else 1 - 0.8 * ((v - 0.15) / 0.85) ** 2.2
    return float(along * (1 - 0.4 * abs(u) ** 2.6))


def _shell(
    size: Size, across: tuple[float, float], along: tuple[float, float], low: float, high: float, material: Material
) -> Part:
    """The part of the body between two limits across and along (-1..1) and two heights (shares of the surface's)."""
    w, d, h = size
    points = []
    for v in np.linspace(*along, 13):
        half = max(1 - abs(v) ** 3.2, 0.0) ** (1 / 2.4) * (0.93 + 0.07 * v)
        for u in np.linspace(max(across[0], -1), min(across[1], 1), 9):
            x = float(np.clip(u, -half, half))
            points += [(x * w / 2, v * d / 2, share * h * _height(x, v)) for share in (low, high)]
    return hull(np.unique(np.round(points, 7), axis=0), material, smooth=True)
