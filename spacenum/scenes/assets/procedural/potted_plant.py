"""Potted plant: a big pot with a leafy tree, an arching palm or upright blades."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit, tube
from spacenum.scenes.assets.palette import ceramic, pick
from spacenum.scenes.assets.parts.plants import leaf_to, pot
from spacenum.scenes.assets.parts.shapes import GREENS, shade


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    r = (w + d) / 4
    tall = float(np.clip(0.3 * h, 1.0 * r, 1.5 * r))
    tall = min(tall, 0.36 * h)
    parts = pot(0.66 * r, tall, ceramic(rng), taper=rng.uniform(0.62, 0.85))
    grow = (_tree, _palm, _blades)[int(rng.integers(3))]
    return fit(parts + grow(r, 0.85 * tall, h, rng), size)


def _green(rng: np.random.Generator) -> Material:
    return Material(shade(pick(GREENS, rng), float(rng.uniform(0.85, 1.15))), 0.55)


def _tree(r: float, low: float, h: float, rng: np.random.Generator) -> list[Part]:
    """Broad leaves that spiral up a thin, bent trunk."""
    bark = Material((0.36, 0.26, 0.18), 0.9)
    top = h - 0.5 * r
    z = np.linspace(low - 0.02, top, 8)
    sway = 0.1 * r * np.sin(np.linspace(0, 3, 8))
    parts = [tube(np.column_stack([sway, 0 * z, z]), 0.045 * r, bark, 8)]
    greens = [_green(rng) for _ in range(3)]
    for t, heading in _spiral(38):
        base = low + (0.16 + 0.84 * t) * (top - low)
        reach = r * (0.95 - 0.5 * t) * rng.uniform(0.9, 1.0)
        at = (float(np.interp(base, z, sway)), 0, base)
        climb = (0.12 + 0.36 * t) * r
        parts.append(leaf_to(reach, climb, 0.46 * r, pick(greens, rng), 50, heading, at))
    return parts


def _palm(r: float, low: float, h: float, rng: np.random.Generator) -> list[Part]:
    """Long arching leaves from one root, the inner ones steeper."""
    greens = [_green(rng) for _ in range(3)]
    parts = []
    for t, heading in _spiral(32):
        reach, climb = r * (0.96 - 0.75 * t), (h - low) * (0.18 + 0.8 * t) * rng.uniform(0.94, 1.0)
        parts.append(leaf_to(reach, climb, 0.26 * r, pick(greens, rng), 95 - 80 * t, heading, (0, 0, low), steps=7))
    return parts


def _blades(r: float, low: float, h: float, rng: np.random.Generator) -> list[Part]:
    """Stiff upright leaves of a snake plant with a pale edge."""
    parts = []
    rim, green = Material((0.80, 0.78, 0.38), 0.5), _green(rng)
    for t, heading in _spiral(20):
        climb = (h - low) * (0.55 + 0.44 * t) * rng.uniform(0.93, 1.0)
        a = np.radians(heading)
        root = 0.3 * r * (1 - t)
        at = np.array([root * np.cos(a), root * np.sin(a), low - 0.01])
        reach = r * (0.6 - 0.45 * t)
        parts.append(leaf_to(reach, climb, 0.30 * r, rim, -6, heading, at))
        # The green middle is narrower and, seen from either side, before the pale blade.
        for shift in (-0.003, 0.003):
            before = (shift * np.cos(a), shift * np.sin(a), 0)
            parts.append(leaf_to(0.95 * reach, 0.95 * climb, 0.22 * r, green, -6, heading, at + before))
    return parts


def _spiral(count: int) -> list[tuple[float, float]]:
    """(t in 0..1, heading in degrees) of leaves that grow by the golden angle, the outer and lower ones first."""
    return [(k / (count - 1), 137.5 * k) for k in range(count)]
