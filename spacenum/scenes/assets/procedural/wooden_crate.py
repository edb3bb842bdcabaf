"""Wooden crate: slats with gaps, nailed to corner posts, some with a diagonal brace."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit, hull
from spacenum.scenes.assets.palette import STEEL, WOODS, pick
from spacenum.scenes.assets.parts.furniture import DARK
from spacenum.scenes.assets.parts.shapes import clip, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    colour, colour2 = pick((WOODS[0], WOODS[2], WOODS[4]), rng)
    timber = Material(colour, roughness=0.8, pattern="wood", colour2=colour2, scale=0.05)
    t = clip(0.04 * min(size), 0.012, 0.024)
    braced = rng.random() < 0.6
    parts = [box((w - 4 * t, d - 4 * t, h - 4 * t), (0, 0, 2 * t), DARK, 0)]
    short = d - 2 * t + 0.004  # the sides end behind the front's and the back's posts
    for turn, wide, deep in ((0, w, d), (90, short, w), (180, w, d), (270, short, w)):
        parts += [part.turned(turn) for part in _side(wide, deep, h, t, timber, braced, rng)]
    for z, up in ((h - t, 1), (0.0, -1)):
        count = max(3, round(d / 0.13))
        step = (d - 2 * t) / count
        for k in range(count):
            shade = tint(timber, float(rng.uniform(0.88, 1.08)))
            parts.append(
                box(
                    (w - 2.2 * t, 0.84 * step, t),
                    (0, (k + 0.5) * step - d / 2 + t, z - up * 0.003 * (up < 0)),
                    shade,
                    0.002,
                )
            )
        parts += [
            box((2.5 * t, d - 2.2 * t, t), (s * (w / 2 - 4 * t), 0, z - up * 0.9 * t), timber, 0.002) for s in (-1, 1)
        ]
    return fit(parts, size)


def _side(
    w: float, d: float, h: float, t: float, timber: Material, braced: bool, rng: np.random.Generator
) -> list[Part]:
    """The front of a crate: slats behind two uprights, with a diagonal if ``braced``."""
    y = -d / 2 + t / 2
    post = clip(0.12 * w, 0.03, 0.09)
    parts = []
    count = max(3, round(h / 0.13))
    step = (h - 0.01) / count
    for k in range(count):
        shade = tint(timber, float(rng.uniform(0.85, 1.1)))
        parts.append(box((w - 2.2 * t, t, 0.82 * step), (0, y + t, 0.005 + (k + 0.09) * step), shade, 0.002))
    for s in (-1, 1):
        parts.append(box((post, t, h - 0.002), (s * (w - post) / 2, y, 0.001), timber, 0.003))
        for z in (0.09, 0.5, 0.91):
            parts.append(
                cylinder(0.004, 0.003, (s * (w - post) / 2, -d / 2 - 0.001, z * h), STEEL, axis="y", sections=8)
            )
    if braced:
        half, low, tall = w / 2 - post + 0.004, 0.03 * h, min(1.3 * post, 0.3 * h)
        corners = [(-half, low), (-half, low + tall), (half, h - low), (half, h - low - tall)]
        points = [(x, y + f * t, z) for f in (-0.4, 0.6) for x, z in corners]
        parts.append(hull(points, tint(timber, 0.92)))
    return parts
