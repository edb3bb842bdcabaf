"""Alarm clock: a round dial with two bells, a hammer, a handle and feet."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cylinder, ellipsoid, fit, frustum, lathe, tube
from spacenum.scenes.assets.palette import BRASS, CHROME, PAINTS, pick
from spacenum.scenes.assets.parts.dials import dial, ring
from spacenum.scenes.assets.parts.pictures import disc, plate
from spacenum.scenes.assets.parts.shapes import moved, turned


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    shell = Material(pick(PAINTS, rng), 0.35)
    metal = pick((CHROME, BRASS), rng)
    r = min(0.485 * w, 0.36 * h)
    z = 0.07 * h + r
    front, back = -d / 2 + 0.008, d / 2
    body = [cylinder(r, 0.7 * (back - front), (0, front, 0), shell, axis="y", sections=40)]
    body.append(
        frustum(r, 0.7 * r, 0.34 * (back - front), (0, back - 0.34 * (back - front), 0), shell, axis="y", sections=40)
    )
    body.append(
        plate(disc(0, 0, 0.9 * r, 0.9 * r, 40), front - 0.0015, front + 0.003, Material((0.96, 0.95, 0.90), 0.6))
    )
    body += dial(0.88 * r, 0.88 * r, front - 0.0015, rng, Material((0.07, 0.07, 0.08), 0.5))
    body.append(ring(0.95 * r, 0.95 * r, front, 0.055 * r, metal))
    bell = 0.46 * r
    lean = float(np.clip(34 + 96 * (0.5 * w / r - 1.03), 34, 58))  # wide clocks have their bells further apart
    dome = [(0, 0), (1, 0), (0.97, 0.3), (0.8, 0.62), (0.45, 0.85), (0, 0.92)]
    for s in (-1, 1):
        pieces = [lathe([(x * bell, y * bell) for x, y in dome], (0, 0, 0), metal, 24)]
        pieces.append(cylinder(0.12 * bell, 0.5 * bell, (0, 0, -0.4 * bell), metal, sections=10))
        pieces.append(ellipsoid((0.14 * bell,) * 3, (0, 0, 0.93 * bell), metal, 1))
        body += turned(moved(pieces, (0, 0, 1.1 * r)), s * lean, "y")
        leg = tube([(0, 0, -0.8 * r), (0, 0, -1.22 * r)], 0.075 * r, metal, 10)
        body += [part.turned(-s * 36, "y") for part in (leg, ellipsoid((0.11 * r,) * 3, (0, 0, -1.2 * r), metal, 1))]
    body.append(tube([(0, 0, 0.9 * r), (0, 0, 1.38 * r)], 0.04 * r, metal, 8))
    body.append(ellipsoid((0.16 * r, 0.1 * r, 0.1 * r), (0, 0, 1.38 * r), metal, 1))
    top = h - z - 0.05 * r
    a = np.linspace(0, np.pi, 15)
    foot = 0.75 * r
    arc = np.column_stack([0.62 * r * np.cos(a), np.zeros(15), foot + (top - foot) * np.sin(a)])
    body.append(tube(arc, 0.05 * r, metal, 8))
    return fit(moved(body, (0, 0, z)), size)
