"""Gift box: a paper box with a lid, a ribbon crossed over it and a low, broad bow."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material, Part, Size, box, ellipsoid, fit
from spacenum.scenes.assets.palette import pick
from spacenum.scenes.assets.parts.plants import sheet
from spacenum.scenes.assets.parts.shapes import moved, shade

LOOKS: tuple[tuple[Colour, Colour], ...] = (
    ((0.78, 0.14, 0.16), (0.93, 0.78, 0.36)),
    ((0.14, 0.38, 0.60), (0.94, 0.94, 0.92)),
    ((0.16, 0.46, 0.32), (0.82, 0.16, 0.16)),
    ((0.93, 0.90, 0.84), (0.76, 0.14, 0.24)),
    ((0.46, 0.26, 0.54), (0.95, 0.80, 0.42)),
    ((0.92, 0.70, 0.20), (0.16, 0.34, 0.58)),
    ((0.90, 0.56, 0.62), (0.96, 0.95, 0.92)),
)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    colour, silk = pick(LOOKS, rng)
    paper = Material(colour, 0.6)
    if rng.random() < 0.35:
        paper = Material(colour, 0.6, pattern="checker", colour2=shade(colour, 0.8), scale=0.12 * min(w, d))
    lid, ribbon = Material(shade(colour, 0.86), 0.55), Material(silk, 0.3)
    reach = 0.40 * min(w, d)
    bow = min(0.17 * h, 0.42 * reach)
    top = h - bow
    rim = min(0.26 * top, 0.05)
    step, wide = max(0.0012, 0.012 * min(w, d)), 0.15 * min(w, d)
    over = 0.001
    inner = (w - 2 * over, d - 2 * over)
    parts = [box((inner[0] - 2 * step, inner[1] - 2 * step, top - 0.5 * rim), (0, 0, 0), paper, bevel=0.002)]
    parts.append(box((*inner, rim), (0, 0, top - rim), lid, bevel=0.0015))
    # Each ribbon is a slab through the box, a millimetre larger than what it goes round.
    parts.append(box((wide, d - 2 * step, top - rim + 0.002), (0, 0, 0), ribbon, bevel=0))
    parts.append(box((wide, d, rim + 2 * over), (0, 0, top - rim - over), ribbon, bevel=0.0008))
    parts.append(box((w - 2 * step, wide, top - rim + 0.002), (0, 0, 0), ribbon, bevel=0))
    parts.append(box((w, wide, rim + over + 0.0004), (0, 0, top - rim - over), ribbon, bevel=0.0008))
    return fit(parts + moved(_bow(reach, bow, ribbon), (0, 0, top)), size)


def _bow(reach: float, tall: float, ribbon: Material) -> list[Part]:
    """Four loops, two tails and a knot that stand on z = 0, ``reach`` metres out and ``tall`` metres high."""
    inside = Material(shade(ribbon.colour, 0.9), 0.35)
    parts = [_loop(reach, tall, 0.62 * reach, ribbon).turned(a) for a in (18, 162, 198, 342)]
    parts.append(ellipsoid((0.2 * reach, 0.22 * reach, 0.36 * tall), (0, 0, 0.5 * tall), inside, 2))
    for heading in (248, 292):
        t, side = np.meshgrid(np.linspace(0, 1, 6), np.linspace(-1, 1, 3), indexing="ij")
        x = 1.15 * reach * t - 0.1 * reach * (1 - np.abs(side)) * (t == 1)
        z = 0.35 * tall * (1 - t) + 0.0025 + 0.1 * tall * np.sin(3 * np.pi * t) ** 2 * t
        grid = np.stack([x, 0.16 * reach * side * (0.5 + 0.5 * t), z], axis=2)
        parts.append(sheet(grid, 0.0012, inside).turned(heading))
    return parts


def _loop(reach: float, tall: float, width: float, ribbon: Material) -> Part:
    """One loop of ribbon from the origin along +X and back."""
    t, side = np.meshgrid(np.linspace(0.01, 0.99, 17), np.linspace(-1, 1, 3), indexing="ij")
    x = reach * (0.5 - 0.5 * np.cos(2 * np.pi * t)) ** 0.8
    z = tall * (0.5 - 0.46 * np.sin(2 * np.pi * t))
    y = 0.5 * width * side * (0.3 + 0.7 * np.sin(np.pi * t))
    return sheet(np.stack([x, y, z], axis=2), 0.0012, ribbon)
