"""Clock faces, rings and lampshades."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, lathe
from spacenum.scenes.assets.parts.pictures import disc, plate
from spacenum.scenes.assets.parts.shapes import loft


def hand(length: float, width: float, degrees: float, front: float, back: float, material: Material) -> Part:
    """A clock's hand from the origin, pointing ``degrees`` clockwise from 12 as a viewer at -Y sees it."""
    a = np.radians(degrees)
    along, across = np.array([np.sin(a), np.cos(a)]), np.array([np.cos(a), -np.sin(a)])
    outline = [
        u * length * along + v * width / 2 * across for u, v in ((-0.18, 1), (-0.18, -1), (0.96, -0.7), (0.96, 0.7))
    ]
    return plate(np.array([*outline, length * along]), front, back, material)


def dial(rx: float, rz: float, front: float, rng: np.random.Generator, ink: Material) -> list[Part]:
    """Hour marks and hands of a clock with semi-axes rx and rz (metres) before the plane y = ``front``."""
    parts = []
    for k in range(12):
        a = np.radians(30 * k)
        major = k % 3 == 0
        long, wide = (0.2, 0.085) if major else (0.12, 0.05)
        across = np.array([np.cos(a), -np.sin(a)]) * wide / 2
        along = np.array([np.sin(a), np.cos(a)])
        outline = [
            (u * along + v * across) * (rx, rz) for u, v in ((0.9, 1), (0.9, -1), (0.9 - long, -1), (0.9 - long, 1))
        ]
        parts.append(plate(outline, front - 0.001, front + 0.002, ink))
    hour, minute = rng.uniform(0, 12), rng.integers(0, 12) * 5
    r = min(rx, rz)
    parts.append(hand(0.5 * r, 0.085 * r, 30 * (int(hour) + minute / 60), front - 0.0025, front - 0.0012, ink))
    parts.append(hand(0.76 * r, 0.06 * r, 6 * minute, front - 0.0042, front - 0.0028, ink))
    red = Material((0.78, 0.12, 0.10), 0.4)
    parts.append(hand(0.72 * r, 0.022 * r, rng.uniform(0, 360), front - 0.0055, front - 0.0044, red))
    parts.append(plate(disc(0, 0, 0.065 * r, 0.065 * r, 16), front - 0.0065, front, red))
    return parts


def ring(rx: float, rz: float, y: float, radius: float, material: Material, count: int = 40) -> Part:
    """A round bar of ``radius`` bent to an ellipse about the origin in the plane y."""
    bar = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    out, along = radius * np.cos(bar), y + radius * np.sin(bar)
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    rings = [np.column_stack([(rx + out) * np.cos(a), along, (rz + out) * np.sin(a)]) for a in turn]
    return loft(rings, material, closed=True)


def lampshade(bottom: float, top: float, height: float, z: float, material: Material, sections: int = 36) -> Part:
    """A lampshade on the Z axis with radii ``bottom`` and ``top`` that is hollow at both ends."""
    wall = 0.03 * bottom
    profile = [(0, 0.3), (bottom - wall, 0), (bottom, 0), (top, 1), (top - wall, 1), (0, 0.8)]
    return lathe([(r, z + height * share) for r, share in profile], (0, 0, 0), material, sections)
