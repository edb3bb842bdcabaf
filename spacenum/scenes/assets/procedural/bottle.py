"""Bottle: wine, water, sauce or oil, with a label and a cap."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit, lathe
from spacenum.scenes.assets.palette import PAINTS, PAPER, pick

# glass, height where the shoulder begins, its end, radius of the neck (share of the body's), cap
KINDS: tuple[tuple[Material, float, float, float, Material], ...] = (
    (Material((0.05, 0.14, 0.07), 0.08), 0.56, 0.72, 0.38, Material((0.45, 0.06, 0.10), 0.4)),
    (Material((0.22, 0.10, 0.04), 0.08), 0.54, 0.76, 0.40, Material((0.80, 0.66, 0.25), 0.35, 0.8)),
    (Material((0.55, 0.75, 0.88), 0.15), 0.70, 0.87, 0.42, Material((0.12, 0.32, 0.70), 0.5)),
    (Material((0.70, 0.08, 0.06), 0.30), 0.60, 0.85, 0.36, Material((0.93, 0.92, 0.90), 0.5)),
    (Material((0.72, 0.62, 0.16), 0.10), 0.62, 0.78, 0.34, Material((0.08, 0.08, 0.08), 0.5)),
)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, _, h = size
    r = w / 2
    glass, shoulder, end, slim, cap_finish = pick(KINDS, rng)
    shoulder += float(rng.uniform(-0.03, 0.03))
    neck, cap = slim * r, 0.88 * h
    t = np.linspace(0, 1, 8)
    ease = 0.5 + 0.5 * np.cos(np.pi * t)
    slope = list(zip(neck + (r - neck) * ease, h * (shoulder + (end - shoulder) * t), strict=True))
    profile = [(0, 0), (0.9 * r, 0), (r, 0.03 * h), *slope, (neck, 0.97 * h), (0, 0.97 * h)]
    parts = [lathe(profile, (0, 0, 0), glass, sections=36)]
    wide = 1.12 * neck
    parts.append(
        lathe([(0, cap), (wide, cap), (wide, 0.985 * h), (0.9 * wide, h), (0, h)], (0, 0, 0), cap_finish, sections=24)
    )
    label = PAPER if rng.random() < 0.6 else Material(pick(PAINTS, rng), roughness=0.8)
    low, high = 0.14 * h, (shoulder - float(rng.uniform(0.04, 0.12))) * h
    parts.append(_sleeve(r, low, high, label))
    accent = Material(pick(PAINTS, rng), roughness=0.7)
    band = low + (high - low) * float(rng.uniform(0.55, 0.7))
    parts.append(_sleeve(r + 0.0006, band, band + 0.16 * (high - low), accent))
    return fit(parts, size)


def _sleeve(r: float, low: float, high: float, material: Material) -> Part:
    """A label around a body of radius ``r``, 0.8 mm thick, from ``low`` to ``high``."""
    return lathe(
        [(0.9 * r, low), (r + 0.0008, low), (r + 0.0008, high), (0.9 * r, high), (0.9 * r, low)],
        (0, 0, 0),
        material,
        36,
    )
