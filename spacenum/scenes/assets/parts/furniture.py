"""What furniture shares: legs, drawer fronts, doors, pillows, arms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, box, cushion, cylinder, frustum
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, STEEL, pick
from spacenum.scenes.assets.parts.fittings import bar_handle
from spacenum.scenes.assets.parts.shapes import Place, clip, slab, strut, tint

DARK = Material((0.05, 0.045, 0.04), roughness=0.9)


def fitting(rng: np.random.Generator) -> Material:
    """A metal for knobs, handles and feet."""
    return pick((STEEL, BRASS, BLACK_METAL), rng)


def legs(
    width: float,
    depth: float,
    height: float,
    foot: float,
    top: float,
    material: Material,
    sides: int = 4,
    splay: float = 0,
) -> list[Part]:
    """Four legs to ``height``; radii ``foot`` and ``top``; feet reach ``width`` x ``depth``, tops ``splay`` inside."""
    x, y = width / 2 - foot, depth / 2 - foot
    inside = splay + max(0.0, top - foot)
    return [
        strut((i * x, j * y, 0), (i * (x - inside), j * (y - inside), height), foot, top, material, sides)
        for i in (-1, 1)
        for j in (-1, 1)
    ]


def pillow(width: float, depth: float, height: float, material: Material, steps: int = 10) -> Part:
    """A stuffed pillow that lies on the floor at the origin, thin at its seams, with pointed corners."""
    u, v = np.meshgrid(np.linspace(-1, 1, steps), np.linspace(-1, 1, steps), indexing="ij")
    plump = 0.14 + 0.86 * ((1 - u**4) * (1 - v**4)) ** 0.6
    x, y = u * (1 - 0.08 * (1 - v**2)) * width / 2, v * (1 - 0.08 * (1 - u**2)) * depth / 2
    top, bottom = (np.stack([x, y, height / 2 * (1 + sign * plump)], axis=-1) for sign in (1, -1))
    return slab(top, bottom, material)


def _stud(at: Place, material: Material, radius: float = 0.014) -> list[Part]:
    """A round knob of few triangles, 28 mm out of the face ``at`` that looks along -Y."""
    x, y, z = at
    return [
        frustum(radius, 0.45 * radius, 0.024, (x, y - 0.022, z), material, "y", 12),
        frustum(0.7 * radius, radius, 0.006, (x, y - 0.0275, z), material, "y", 12),
    ]


def pull(at: Place, width: float, material: Material, style: str) -> list[Part]:
    """What opens a drawer front of ``width`` metres: style "knob", "knobs" (two), "bar" or "none"."""
    x, y, z = at
    if style == "bar":
        return bar_handle(clip(0.35 * width, 0.08, 0.24), at, material)
    if style == "none":
        return []
    offsets = (-0.25 * width, 0.25 * width) if style == "knobs" else (0.0,)
    return [part for dx in offsets for part in _stud((x + dx, y, z), material)]


def drawer_fronts(
    at: Place, width: float, heights: Sequence[float], material: Material, metal: Material, style: str = "knob"
) -> list[Part]:
    """A column of drawers, lowest first, on a face that looks along -Y; fronts stand 14 mm out.

    at: bottom centre of the column on that face; heights: of each drawer in metres; style: see ``pull``.
    """
    x, y, z = at
    parts = [box((width - 0.002, 0.012, sum(heights) - 0.002), (x, y + 0.003, z + 0.001), DARK, 0)]
    for tall in heights:
        parts.append(box((width - 0.008, 0.02, tall - 0.008), (x, y - 0.004, z + 0.004), material, 0.003))
        parts += pull((x, y - 0.014, z + tall / 2), width, metal, style)
        z += tall
    return parts


def door(at: Place, width: float, height: float, material: Material, style: str = "flat") -> list[Part]:
    """A door leaf 14 mm out of a face that looks along -Y; ``at`` is its bottom centre on that face.

    style "flat", "panel" (a frame about a sunk panel) or "slats" (a frame about horizontal slats).
    """
    x, y, z = at
    back = box((width - 0.002, 0.012, height - 0.002), (x, y + 0.003, z + 0.001), DARK, 0)
    w, h = width - 0.008, height - 0.008
    if style == "flat":
        return [back, box((w, 0.02, h), (x, y - 0.004, z + 0.004), material, 0.003)]
    rim = clip(0.16 * w, 0.03, 0.07)
    parts = [back, box((w - rim, 0.012, h - rim), (x, y + 0.0005, z + 0.004 + rim / 2), tint(material, 0.9), 0)]
    for side in (-1, 1):
        parts.append(box((rim, 0.02, h), (x + side * (w - rim) / 2, y - 0.004, z + 0.004), material, 0.003))
        low = z + 0.004 + (h - rim) * (side + 1) / 2
        parts.append(box((w - 2 * rim + 0.004, 0.0185, rim), (x, y - 0.004, low), material, 0.003))
    if style == "slats":
        count = max(2, round((h - 2 * rim) / 0.04))
        pitch = (h - 2 * rim) / count
        for k in range(count):
            low = z + 0.004 + rim + (k + 0.15) * pitch
            parts.append(box((w - 2 * rim + 0.004, 0.014, 0.7 * pitch), (x, y - 0.003, low), material, 0))
    return parts


def upholstered_arm(
    side: int, width: float, depth: float, low: float, high: float, material: Material, style: str
) -> list[Part]:
    """An arm of a sofa from ``low`` to ``high``, its inner face at x = 0, growing to ``side`` (-1 left, +1 right).

    style "block", "rolled" (a roll on top) or "slim" (square edges).
    """
    x = side * width / 2
    if style != "rolled":
        return [cushion((width, depth, high - low), (x, 0, low), material, 0.045 if style == "block" else 0.012, 4)]
    radius = 0.5 * width
    roll = cylinder(radius, depth, (x, -depth / 2, high - radius), material, axis="y", sections=24)
    face = cylinder(
        0.72 * radius,
        depth + 0.012,
        (x, -depth / 2 - 0.006, high - radius),
        tint(material, 0.85),
        axis="y",
        sections=24,
    )
    body = box((0.78 * width, depth - 0.012, high - low - radius), (x - side * 0.1 * width, 0, low), material, 0.01)
    return [roll, face, body]
