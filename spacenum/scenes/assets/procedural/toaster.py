"""Toaster: a rounded body with two slots, toast in them, and a lever."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cushion, cylinder, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC, CHROME, PAINTS, STEEL, pick
from spacenum.scenes.assets.parts.shapes import loft, rounded, shade

TOAST = Material((0.80, 0.58, 0.32), roughness=0.9, pattern="speckle", colour2=(0.66, 0.43, 0.20), scale=0.02)
CRUST = Material((0.46, 0.26, 0.11), roughness=0.9)
DARK = Material((0.02, 0.02, 0.02), roughness=0.9)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    colour = pick(PAINTS, rng)
    shell = STEEL if rng.random() < 0.4 else Material(colour, roughness=0.3)
    trim = BLACK_PLASTIC if shell is STEEL else Material(shade(colour, 0.55), roughness=0.4)
    raised = bool(rng.random() < 0.8)
    lever, rise = 0.028, (0.2 if raised else 0.1) * h
    long, centre = w - lever, -lever / 2
    foot, top = 0.06 * h, h - rise
    radius = 0.3 * d
    side, ends = (long, d), (long * 0.94, d * 0.8)
    rings = [
        rounded(side, foot, radius, (centre, 0)),
        rounded(side, 0.66 * top, radius, (centre, 0)),
        rounded((0.99 * long, 0.97 * d), 0.84 * top, radius, (centre, 0)),
        rounded((0.97 * long, 0.91 * d), 0.95 * top, radius, (centre, 0)),
        rounded(ends, top, radius, (centre, 0)),
    ]
    parts = [
        loft(rings, shell),
        loft([rounded((0.97 * long, 0.94 * d), z, radius, (centre, 0)) for z in (0, 0.16 * h)], trim),
        loft([rounded((1.002 * long, 1.004 * d), z, radius, (centre, 0)) for z in (foot, 0.14 * h)], trim),
    ]
    bread = 0.62 * long
    for y in (-0.19 * d, 0.19 * d):
        parts.append(box((0.78 * long, 0.2 * d, 0.008), (centre, y, top - 0.006), CHROME, bevel=0.002))
        parts.append(box((0.74 * long, 0.145 * d, 0.008), (centre, y, top - 0.005), DARK, bevel=0))
        parts.append(cushion((bread, 0.105 * d, rise + 0.03), (centre, y, top - 0.03), CRUST, radius=0.012))
        parts.append(box((0.9 * bread, 0.115 * d, rise + 0.02), (centre, y, top - 0.028), TOAST, bevel=0.003))
    end = centre + long / 2
    slot = 0.62 * top if raised else 0.32 * top
    parts += [
        box((0.006, 0.016, 0.6 * top), (end, 0, 0.24 * top), DARK, bevel=0),
        box((lever + 0.004, 0.22 * d, 0.10 * top), (end + lever / 2 - 0.002, 0, slot), BLACK_PLASTIC, bevel=0.004),
        cylinder(0.09 * d, 0.012, (end - 0.002, -0.24 * d, 0.3 * top), CHROME, axis="x", sections=20),
        cylinder(0.07 * d, 0.008, (centre - 0.3 * long, -d / 2 - 0.004, 0.33 * top), CHROME, axis="y", sections=20),
    ]
    return fit(parts, size)
