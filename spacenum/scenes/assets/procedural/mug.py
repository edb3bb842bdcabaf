"""Mug: a cup with a handle at the right, sometimes full of coffee."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit, lathe, tube
from spacenum.scenes.assets.palette import CERAMICS, PAINTS, pick
from spacenum.scenes.assets.parts.shapes import curve

COFFEE = Material((0.16, 0.08, 0.04), roughness=0.15)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    r, x = d / 2, -(w - d) / 2
    glaze = Material(pick(CERAMICS + PAINTS, rng), roughness=0.25)
    wall = 0.09 * r
    foot = float(rng.uniform(0.72, 0.98)) * r
    t = np.linspace(0, 1, 6)
    side = [(foot + (r - foot) * float(s) ** 0.7, h * (0.05 + 0.93 * float(s))) for s in t]
    inside = [(rr - wall, z) for rr, z in reversed(side)]
    inside[-1] = (inside[-1][0], 0.1 * h)
    profile = [(0, 0), (0.93 * foot, 0), *side, (r - 0.3 * wall, h), (r - 0.7 * wall, h), *inside, (0, 0.1 * h)]
    parts = [lathe(profile, (x, 0, 0), glaze, sections=40)]
    if rng.random() < 0.5:
        parts.append(
            lathe([(0, 0.7 * h), (inside[2][0], 0.7 * h), (r - 0.9 * wall, 0.8 * h), (0, 0.8 * h)], (x, 0, 0), COFFEE)
        )
    if rng.random() < 0.5:
        band = Material(pick(PAINTS, rng), roughness=0.3)
        low, high = (2, 4) if rng.random() < 0.5 else (3, 5)
        ring = [(rr + 0.0006, z) for rr, z in side[low : high + 1]]
        back = [(rr - 0.5 * wall, z) for rr, z in reversed(side[low : high + 1])]
        parts.append(lathe([*ring, *back, ring[0]], (x, 0, 0), band, sections=40))
    thick = 0.12 * r
    out, upper, lower = w / 2 - thick, 0.8 * h, float(rng.uniform(0.2, 0.3)) * h
    edge = x + 0.9 * r
    ear = curve(
        [(edge, 0, upper), (0.5 * (edge + out), 0, upper + 0.03 * h), (out, 0, 0.55 * (upper + lower)),
         (0.55 * (edge + out), 0, lower + 0.02 * h), (x + 0.9 * foot, 0, lower)], 18,
    )  # fmt: skip
    flat = tube(ear * [1, 0, 1], thick, glaze, 12)
    return fit([*parts, flat], size)
