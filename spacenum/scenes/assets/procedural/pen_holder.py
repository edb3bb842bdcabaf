"""Pen holder: a cup with pencils, pens and a ruler."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit, frustum, lathe
from spacenum.scenes.assets.palette import BLACK_METAL, PAINTS, ceramic, paint, pick, wood
from spacenum.scenes.assets.parts.shapes import moved, shade, turned


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, h = (size[0] + size[1]) / 2, size[2]
    r, cup = w / 2, 0.56 * h
    square = rng.random() < 0.35
    material = pick((ceramic, wood, paint, lambda _: BLACK_METAL), rng)(rng)
    # Four-sided cups have their corners on the circle, so that their sides lie nearer to the axis.
    radius = r * (np.sqrt(2) if square else 1)
    profile = [(0, 0), (0.96, 0), (1, cup), (0.9, cup), (0.86, 0.012), (0, 0.012)]
    shell = lathe([(x * radius, z) for x, z in profile], (0, 0, 0), material, 4 if square else 32, smooth=not square)
    parts = [shell.turned(45)]
    if not square:
        band = Material(shade(material.colour, 0.6), 0.5)
        parts.append(
            lathe([(0, 0.6 * cup), (1.0 * r, 0.6 * cup), (1.004 * r, 0.78 * cup), (0, 0.78 * cup)], (0, 0, 0), band)
        )
    tints = rng.permutation(len(PAINTS))
    start = rng.uniform(0, 360)
    for k in range(6):
        long = (1.0 if k == 0 else rng.uniform(0.8, 0.97)) * h - 0.012
        tool = (_pencil, _pencil, _pen, _ruler, _pencil, _pen)[k](long, Material(PAINTS[tints[k]], 0.4))
        lean = float(np.degrees(np.arctan2(0.34 * r, cup)))
        tool = moved(turned(turned(tool, rng.uniform(0, 360)), lean, "y"), (0.36 * r, 0, 0.016))
        parts += turned(tool, start + 60 * k + rng.uniform(-8, 8))
    return fit(parts, size)


def _pencil(long: float, material: Material) -> list[Part]:
    """A sharpened six-sided pencil of ``long`` metres, its point up."""
    bare, lead = Material((0.85, 0.68, 0.46), 0.7), Material((0.10, 0.10, 0.11), 0.5)
    return [
        frustum(0.0042, 0.0042, long - 0.022, (0, 0, 0), material, sections=6),
        frustum(0.0042, 0.0014, 0.016, (0, 0, long - 0.022), bare, sections=6),
        frustum(0.0014, 0.0003, 0.006, (0, 0, long - 0.006), lead, sections=6),
    ]


def _pen(long: float, material: Material) -> list[Part]:
    """A pen with a cap, a clip and a button."""
    dark = Material(shade(material.colour, 0.5), 0.35)
    return [
        cylinder(0.0048, 0.6 * long, (0, 0, 0), dark, sections=12),
        cylinder(0.0054, 0.37 * long, (0, 0, 0.58 * long), material, sections=12),
        cylinder(0.0026, 0.06 * long, (0, 0, 0.94 * long), dark, sections=10),
        box((0.003, 0.003, 0.22 * long), (0.006, 0, 0.7 * long), dark, bevel=0),
    ]


def _ruler(long: float, material: Material) -> list[Part]:
    """A flat ruler with marks."""
    ink = Material((0.12, 0.12, 0.12), 0.6)
    parts = [box((0.022, 0.003, long), (0, 0, 0), Material((0.93, 0.83, 0.45), 0.5), bevel=0)]
    for k in range(8):
        wide = 0.011 if k % 4 == 0 else 0.006
        parts.append(box((wide, 0.0044, 0.0012), (0.011 - wide / 2, 0, long - 0.006 - 0.009 * k), ink, bevel=0))
    return parts
