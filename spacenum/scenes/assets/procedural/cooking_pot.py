"""Cooking pot: a metal or enamel pot with two handles and a lid with a knob."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cylinder, ellipsoid, fit, lathe, tube
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, PAINTS, STEEL, pick
from spacenum.scenes.assets.parts.shapes import curve, shade


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    r = d / 2
    colour = pick(PAINTS, rng)
    body = STEEL if rng.random() < 0.5 else Material(colour, roughness=0.25)
    lid = body if rng.random() < 0.7 else STEEL
    grip = BLACK_PLASTIC if body is STEEL else pick((BLACK_METAL, Material(shade(colour, 0.8), roughness=0.3)), rng)
    rim = float(rng.uniform(0.66, 0.74)) * h
    waist = float(rng.uniform(0.9, 0.97)) * r
    inside = 0.94 * waist
    pot = [
        (0, 0), (0.9 * waist, 0), (waist, 0.07 * h), (waist, 0.93 * rim), (r, 0.95 * rim), (r, rim), (inside, rim),
        (inside, 0.06 * h), (0, 0.06 * h),
    ]  # fmt: skip
    dome = h - 0.13 * h
    cover = [
        (0, rim - 0.01 * h), (0.97 * r, rim - 0.01 * h), (0.985 * r, rim + 0.025 * h),
        (0.8 * r, rim + 0.55 * (dome - rim)), (0.45 * r, rim + 0.9 * (dome - rim)), (0, dome),
    ]  # fmt: skip
    parts = [
        lathe(pot, (0, 0, 0), body, sections=40),
        lathe(cover, (0, 0, 0), lid, sections=40),
        cylinder(0.06 * r, 0.1 * h, (0, 0, dome - 0.02 * h), STEEL, sections=12),
        ellipsoid((0.2 * r, 0.2 * r, 0.045 * h), (0, 0, h - 0.045 * h), grip, 2),
    ]
    reach, z = w / 2, 0.8 * rim
    thick = 0.07 * r
    wide = float(rng.uniform(0.3, 0.42)) * r
    for side in (-1, 1):
        loop = [
            (0.9 * waist, -wide),
            (reach - 2.2 * thick, -wide),
            (reach - thick, 0),
            (reach - 2.2 * thick, wide),
            (0.9 * waist, wide),
        ]
        path = curve([(side * x, y, z + (0.04 * h if abs(x) > waist else 0)) for x, y in loop], 20)
        parts.append(tube(path, thick, grip, 10))
    return fit(parts, size)
