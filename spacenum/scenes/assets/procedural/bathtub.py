"""Bathtub: a hollow white tub, built-in with a panel or free-standing, with a tap at its rim."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, ellipsoid, fit, tube
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, CHROME, PAINTS, pick
from spacenum.scenes.assets.parts.fittings import mixer_tap
from spacenum.scenes.assets.parts.shapes import curve, loft, rounded

ENAMEL = Material((0.94, 0.94, 0.93), roughness=0.15)
PANEL = Material((0.86, 0.87, 0.87), roughness=0.3)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    metal = pick((CHROME, CHROME, BRASS, BLACK_METAL), rng)
    tap = 0.13
    rim, floor = h - tap, 0.14
    free = bool(rng.random() < 0.45)
    corner = 0.49 * d if free else 0.03
    inner = (w - 0.2, d - 0.17) if not free else (w - 0.16, d - 0.14)
    hollow = [
        rounded(inner, rim, 0.42 * inner[1]),
        rounded((inner[0] - 0.03, inner[1] - 0.02), rim - 0.03, 0.42 * inner[1]),
        rounded((inner[0] - 0.22, inner[1] - 0.12), floor + 0.06, 0.38 * inner[1]),
        rounded((inner[0] - 0.40, inner[1] - 0.26), floor, 0.25 * inner[1]),
    ]
    if free:
        skirt = Material(pick(PAINTS, rng), roughness=0.3) if rng.random() < 0.5 else ENAMEL
        foot = 0.09 if rng.random() < 0.5 else 0.0
        sides = [
            rounded((w - 0.36, d - 0.26), foot, corner),
            rounded((w - 0.28, d - 0.18), foot + 0.04, corner),
            rounded((w - 0.10, d - 0.06), rim - 0.06, corner),
            rounded((w - 0.08, d - 0.05), rim - 0.015, corner),
        ]
        lip = [rounded((w - 0.09, d - 0.06), rim - 0.02, corner), rounded((w, d), rim - 0.018, corner)]
        lip += [rounded((w, d), rim - 0.006, corner), rounded((w - 0.015, d - 0.015), rim, corner)]
        liner = [rounded((w - 0.30, d - 0.24), foot + 0.03, corner), *lip, *hollow]
        # the coloured skirt is a skin around the white liner, which starts narrower than it
        liner[1] = rounded((w - 0.12, d - 0.09), rim - 0.025, corner)
        shell = [
            *sides,
            rounded((w - 0.11, d - 0.08), rim - 0.015, corner),
            rounded((w - 0.11, d - 0.08), rim - 0.05, corner),
        ]
        parts = [loft(liner, ENAMEL), loft([*shell, rounded((w - 0.31, d - 0.25), foot + 0.04, corner)], skirt)]
        if foot:
            for x in (-1, 1):
                for y in (-1, 1):
                    ankle = np.array([x * (0.5 * w - 0.34), y * (0.5 * d - 0.2), 0])
                    leg = curve(
                        ankle + [(0, 0, foot + 0.06), (x * 0.03, y * 0.03, 0.6 * foot), (x * 0.01, y * 0.01, 0.022)], 8
                    )
                    parts += [
                        tube(leg, 0.02, metal, 10),
                        ellipsoid((0.03, 0.03, 0.022), leg[-1] * [1, 1, 0] + [0, 0, 0.022], metal, 2),
                    ]
    else:
        outer = [rounded((w - 0.02, d - 0.02), 0, corner), rounded((w - 0.02, d - 0.02), rim - 0.035, corner)]
        lip = [
            rounded((w, d), rim - 0.035, corner),
            rounded((w, d), rim - 0.006, corner),
            rounded((w - 0.01, d - 0.01), rim, corner),
        ]
        parts = [loft([*outer, *lip, *hollow], ENAMEL)]
        for k in range(2):
            spot = ((k - 0.5) * 0.48 * w, -d / 2 + 0.009, 0.06)
            parts.append(box((0.44 * w, 0.012, rim - 0.14), spot, PANEL, bevel=0.005))
    side = pick((-1, 1), rng)
    parts.append(cylinder(0.03, 0.006, (side * 0.3 * inner[0], 0, floor - 0.001), metal, sections=20))
    edge = side * (inner[0] / 2 + (0.05 if not free else 0.04))
    overflow = side * (inner[0] / 2 - 0.055)
    parts.append(cylinder(0.028, 0.02, (overflow - 0.01, 0, rim - 0.10), metal, axis="x", sections=20))
    for part in mixer_tap((0, 0, 0), tap + 0.01, 0.14, metal):
        parts.append(part.turned(-90 * side).moved((edge, 0, rim - 0.01)))
    return fit(parts, size)
