"""Toilet: a ceramic bowl with its seat, and a tank with a flush behind it."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cushion, cylinder, fit
from spacenum.scenes.assets.palette import CHROME, pick
from spacenum.scenes.assets.parts.shapes import loft, oval, shade

CERAMIC = (Material((0.94, 0.94, 0.93), 0.15), Material((0.90, 0.86, 0.76), 0.15), Material((0.80, 0.86, 0.88), 0.15))
WATER = Material((0.62, 0.74, 0.78), roughness=0.05)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    glaze = pick((*CERAMIC[:1] * 4, *CERAMIC[1:]), rng)
    seat = Material(shade(glaze.colour, 1.02), roughness=0.3)
    if rng.random() < 0.25:
        seat = Material((0.45, 0.28, 0.16), 0.4, pattern="wood", colour2=(0.35, 0.21, 0.11), scale=0.06)
    rim, tank = float(rng.uniform(0.48, 0.51)) * h, 0.28 * d
    half, open_lid = 0.47 * w, bool(rng.random() < 0.7)
    front, back = -d / 2, d / 2 - tank - 0.02  # of the seat
    y = front + 0.6 * (back - front)
    ahead, behind = y - front, back - y
    narrow = float(rng.uniform(0.5, 0.62))

    def ring(scale: float, z: float, shift: float = 0.0, far: float = 0.0) -> np.ndarray:
        return oval((scale * half, scale * ahead), z, (0, y + shift), back=scale * behind + far, count=36)

    low = 0.08
    pedestal = [
        ring(narrow + 0.08, 0, low, 0.1),
        ring(narrow + 0.08, 0.03, low, 0.1),
        ring(narrow, 0.06, low, 0.1),
        ring(narrow, 0.4 * rim, 0.8 * low, 0.1),
        ring(0.78, 0.7 * rim, 0.4 * low, 0.05),
        ring(0.93, 0.88 * rim),
        ring(0.95, 0.98 * rim),
        ring(0.93, rim),
        ring(0.74, rim),
        ring(0.7, 0.9 * rim),
        ring(0.5, 0.6 * rim),
        ring(0.25, 0.45 * rim),
    ]
    parts = [
        loft(pedestal, glaze),
        loft([ring(0.57, 0.66 * rim), ring(0.57, 0.68 * rim)], WATER),
        box((0.62 * w, tank + 0.06, 0.3 * rim), (0, d / 2 - tank / 2 - 0.03, 0.7 * rim), glaze, bevel=0.02),
        *_tank(w, d, rim, h if not open_lid else 0.97 * h, tank, glaze, rng),
    ]
    ringed = [
        ring(1.0, rim + 0.004),
        ring(1.0, rim + 0.018),
        ring(0.97, rim + 0.024),
        ring(0.7, rim + 0.022),
        ring(0.68, rim + 0.004),
    ]
    parts.append(loft(ringed, seat, closed=True))
    hinge = back - 0.01
    parts.append(cylinder(0.011, 0.5 * w, (-0.25 * w, hinge, rim + 0.018), seat, axis="x", sections=12))
    plate = [ring(0.98, 0.0), ring(1.0, 0.006), ring(0.98, 0.014), ring(0.9, 0.018)]
    lid = loft(plate, seat)
    if not open_lid:
        parts.append(lid.moved((0, 0, rim + 0.026)))
    else:
        reach = min(back - front, h - rim - 0.02)
        upright = lid.moved((0, -back, 0)).scaled((1, reach / (back - front), 1)).turned(-84, "x")
        parts.append(upright.moved((0, hinge, rim + 0.015)))
    return fit(parts, size)


def _tank(
    w: float, d: float, low: float, top: float, deep: float, glaze: Material, rng: np.random.Generator
) -> list[Part]:
    """Tank against the wall from height ``low`` to ``top``, with its cover and a flush button or lever."""
    y, cover = d / 2 - deep / 2, 0.035
    button = bool(rng.random() < 0.5)
    knob = 0.008 if button else 0.0
    parts = [
        cushion((0.97 * w, 0.94 * deep, top - low - cover - knob + 0.06), (0, y, low - 0.05), glaze, radius=0.03),
        cushion((w, deep, cover), (0, y, top - cover - knob), glaze, radius=0.014),
    ]
    if button:
        return [*parts, cylinder(0.024, 0.014, (0, y, top - 0.014), CHROME, sections=24)]
    spot = np.array([-0.33 * w, y - 0.47 * deep - 0.006, top - 0.09])
    parts.append(cylinder(0.014, 0.02, spot - [0, 0.01, 0], CHROME, axis="y", sections=16))
    parts.append(box((0.085, 0.01, 0.016), spot + [0.03, -0.008, -0.008], CHROME, bevel=0.004))
    return parts
