"""Laundry basket: woven strands about upright stakes, two handles, and clothes that show at the top or a lid."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, ellipsoid, fit, tube
from spacenum.scenes.assets.palette import fabric, pick
from spacenum.scenes.assets.parts.shapes import loft, superellipse, tint

WICKERS = ((0.72, 0.56, 0.36), (0.55, 0.38, 0.22), (0.84, 0.80, 0.72), (0.45, 0.42, 0.40))


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    wicker = Material(pick(WICKERS, rng), roughness=0.8)
    power = float(pick((2.0, 5.0), rng))
    lid = rng.random() < 0.35
    top = h - 0.06 if lid else h - 0.07
    taper = 0.8
    parts = _woven(w, d, top, power, taper, wicker)
    parts.append(_hoop(w, d, top - 0.018, 0.02, power, tint(wicker, 0.8)))
    parts.append(_hoop(taper * w + 0.006, taper * d + 0.006, 0, 0.022, power, tint(wicker, 0.8)))
    if lid:
        rounds = [(1.0, top), (1.0, top + 0.02), (0.9, top + 0.032), (0.5, top + 0.04), (0.1, top + 0.042)]
        parts.append(loft([superellipse(f * w, f * d, z, power, 40) for f, z in rounds], tint(wicker, 0.9)))
        parts.append(ellipsoid((0.03, 0.03, 0.016), (0, 0, h - 0.016), tint(wicker, 0.7), 2))
    else:
        parts += _clothes(w, d, top, h, rng)
        for side in (-1, 1):
            a = np.linspace(0, np.pi, 9)
            x = np.full(9, side * (w / 2 - 0.014))
            parts.append(
                tube(
                    np.column_stack([x, 0.07 * np.cos(a), top - 0.015 + (h - top) * np.sin(a)]),
                    0.01,
                    tint(wicker, 0.7),
                    8,
                )
            )
    return fit(parts, size)


def _hoop(w: float, d: float, low: float, tall: float, power: float, material: Material) -> Part:
    """A flat band of ``tall`` metres about the basket, w x d metres outside."""
    path = [(0.004, 0.0), (0, 0.3), (0, 0.7), (0.004, 1.0), (0.03, 1.0), (0.03, 0.0)]
    return loft(
        [superellipse(w - 2 * cut, d - 2 * cut, low + f * tall, power, 40) for cut, f in path], material, closed=True
    )


def _woven(w: float, d: float, top: float, power: float, taper: float, wicker: Material) -> list[Part]:
    """Rows of strands that pass in front of every other stake, in two shades."""
    count, rows = 18, round(top / 0.05)
    tall = top / rows
    parts = [
        loft(
            [superellipse(f * w - 0.03, f * d - 0.03, z, power, 40) for f, z in ((taper, 0.004), (1.0, top - 0.03))],
            tint(wicker, 0.45),
        )
    ]
    for k in range(rows):
        rings = []
        for f in (0.0, 0.15, 0.85, 1.0):
            z = (k + f) * tall
            grow = taper + (1 - taper) * z / top
            curve = superellipse(grow * w, grow * d, z, power, 2 * count)
            weave = np.cos(np.pi * (np.arange(2 * count) + k))
            inset = 0.012 - 0.007 * weave + (0.008 if f in (0.0, 1.0) else 0.0)
            curve[:, :2] *= 1 - (inset / (0.5 * min(w, d)))[:, None]
            rings.append(curve)
        parts.append(loft(rings, wicker if k % 2 else tint(wicker, 0.86)))
    return parts


def _clothes(w: float, d: float, top: float, h: float, rng: np.random.Generator) -> list[Part]:
    """Crumpled laundry that fills the basket to its rim and bulges out."""
    parts = []
    for x, y in ((-0.2, -0.14), (0.19, -0.16), (0.02, 0.02), (-0.17, 0.18), (0.2, 0.17)):
        lump = ellipsoid((0.33 * w, 0.2 * d, 0.75 * (h - top)), (0, 0, 0), fabric(rng), 2)
        v = lump.vertices
        waves = [np.sin(f * v[:, k] + rng.uniform(0, 6)) for f, k in ((50, 0), (70, 1), (31, 0))]
        folded = v * (1 + 0.1 * sum(waves))[:, None]
        turned = Part(folded, lump.faces, lump.material, True).turned(float(rng.uniform(-35, 35)))
        parts.append(turned.moved((0.6 * x * w, y * d, top - 0.02 + 0.02 * float(rng.random()))))
    return parts
