"""Wooden chest: a small treasure chest with a round lid, metal bands and a lock."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, ellipsoid, fit, hull
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, STEEL, pick, wood
from spacenum.scenes.assets.parts.pictures import disc, plate, rectangle

SEAM = 0.58  # where the lid begins, as a fraction of the height


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    timber = wood(rng)
    metal = pick((BRASS, BRASS, STEEL, BLACK_METAL), rng)
    lock = STEEL if metal is BRASS else BRASS
    dark = Material((0.05, 0.04, 0.03), 0.8)
    m = min(w, d, h)
    skin = max(0.0015, 0.018 * m)
    seam = SEAM * h
    inner = d - 4 * skin
    parts = [
        _barrel(0.985 * w, inner, 0, h - skin, timber),
        box((0.97 * w, inner - 0.002, seam), (0, 0, 0), timber, bevel=0),
    ]
    parts.append(box((0.99 * w, inner + 0.001, 0.022 * h), (0, 0, seam - 0.011 * h), dark, bevel=0))
    for z in (0.17 * h, 0.37 * h):
        parts.append(box((0.9875 * w, inner + 0.0008, 0.008 * h), (0, 0, z), dark, bevel=0))
    for x, wide in ((-0.455 * w, 0.08 * w), (-0.2 * w, 0.07 * w), (0.2 * w, 0.07 * w), (0.455 * w, 0.08 * w)):
        parts += [part.moved((x, 0, 0)) for part in _band(wide, d - 2 * skin, h, seam, metal)]
        for z in (0.12, 0.44, 0.66):
            parts.append(ellipsoid((0.018 * m,) * 3, (x, -d / 2 + skin, z * h), lock, 1))
    parts.append(box((w, d, 0.07 * h), (0, 0, 0), metal, bevel=0.3 * skin))
    front = -d / 2 + 2 * skin
    half = 0.085 * w
    parts.append(plate(rectangle(0, seam - 0.02 * h, 2 * half, 0.26 * h), -d / 2 + 0.6 * skin, front, lock))
    parts.append(plate(rectangle(0, seam + 0.14 * h, 0.9 * half, 0.12 * h), -d / 2 + 0.9 * skin, front, metal))
    parts.append(plate(disc(0, seam - 0.03 * h, 0.3 * half, 0.3 * half, 16), -d / 2 + 0.2 * skin, front, dark))
    parts.append(plate(rectangle(0, seam - 0.075 * h, 0.24 * half, 0.09 * h), -d / 2 + 0.2 * skin, front, dark))
    return fit(parts, size)


def _barrel(wide: float, deep: float, low: float, high: float, material: Material) -> Part:
    """A box from z = ``low`` with a round back, as wide as ``wide`` along X and as high as ``high``."""
    seam = SEAM * high + 0.06 * high
    a = np.linspace(0, np.pi, 17)
    arc = [(deep / 2 * np.sign(np.cos(b)) * abs(np.cos(b)) ** 0.8, seam + (high - seam) * np.sin(b) ** 0.8) for b in a]
    outline = [*arc, (-deep / 2, low), (deep / 2, low)]
    return hull([(x, y, z) for x in (-wide / 2, wide / 2) for y, z in outline], material, smooth=True)


def _band(wide: float, deep: float, h: float, seam: float, metal: Material) -> list[Part]:
    """A metal strap round the chest: its lower and its upper half, with a gap at the seam."""
    return [
        box((wide, deep, seam - 0.015 * h), (0, 0, 0), metal, bevel=0),
        _barrel(wide, deep, seam + 0.015 * h, h, metal),
    ]
