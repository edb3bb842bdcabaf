"""Stove: an oven with a window, a handle and knobs, under four burners."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit, lathe
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, DARK_GLASS, STEEL, WHITE_ENAMEL, pick
from spacenum.scenes.assets.parts.fittings import bar_handle

FINISHES = (WHITE_ENAMEL, STEEL, Material((0.10, 0.10, 0.11), roughness=0.35))
RING = Material((0.55, 0.20, 0.14), roughness=0.5)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    finish = pick(FINISHES, rng)
    trim = STEEL if finish is not STEEL else BLACK_METAL
    gas = bool(rng.random() < 0.5)
    burner = 0.035 if gas else 0.012
    top, face = h - burner, -d / 2 + 0.055
    middle, deep = (d / 2 + face) / 2, d / 2 - face
    panel, drawer = 0.13, 0.15
    door = top - panel - drawer - 0.04
    parts = [
        box((w, deep, top - 0.03), (0, middle, 0.03), finish, bevel=0.003),
        box((w - 0.06, deep - 0.06, 0.04), (0, middle, 0), BLACK_PLASTIC, bevel=0),
        box((w, 0.03, panel - 0.006), (0, face - 0.012, top - panel + 0.003), finish, bevel=0.004),
        box((w - 0.01, 0.028, door - 0.006), (0, face - 0.012, 0.04 + drawer), finish, bevel=0.004),
        box((0.72 * w, 0.004, 0.58 * door), (0, face - 0.0265, 0.04 + drawer + 0.14 * door), DARK_GLASS, bevel=0),
        box((w - 0.01, 0.028, drawer - 0.012), (0, face - 0.012, 0.04), finish, bevel=0.004),
        *bar_handle(0.78 * w, (0, face - 0.025, 0.04 + drawer + 0.87 * door), trim, reach=0.03),
        box((w - 0.02, deep - 0.02, 0.004), (0, middle, top - 0.002), BLACK_METAL if gas else DARK_GLASS, bevel=0),
    ]
    knobs = int(rng.integers(4, 7))
    clock = rng.random() < 0.6
    for k in range(knobs):
        x = (k - (knobs - 1) / 2) * 0.78 * w / (knobs - 1)
        if clock:
            x = np.sign(x + 1e-9) * (0.14 * w + abs(x) * 0.68)
        parts += _knob(x, face - 0.026, top - panel / 2, trim)
    if clock:
        parts.append(box((0.17 * w, 0.004, 0.45 * panel), (0, face - 0.0285, top - 0.72 * panel), DARK_GLASS, bevel=0))
    for x in (-1, 1):
        for y in (-1, 1):
            radius = (0.135 if x * y > 0 else 0.11) * w
            spot = (x * 0.235 * w, middle + y * 0.235 * deep)
            parts += _gas(spot, top, burner, 0.2 * deep) if gas else _plate(spot, top, burner, radius)
    return fit(parts, size)


def _knob(x: float, y: float, z: float, trim: Material) -> list[Part]:
    """Knob on the face at ``y``, 28 mm long, with a pointer ridge."""
    grip = cylinder(0.021, 0.022, (x, y - 0.022, z), BLACK_PLASTIC, axis="y", sections=16)
    ring = cylinder(0.026, 0.006, (x, y - 0.005, z), trim, axis="y", sections=16)
    return [grip, ring, box((0.005, 0.004, 0.034), (x, y - 0.025, z - 0.017), trim, bevel=0)]


def _gas(spot: tuple[float, float], top: float, height: float, reach: float) -> list[Part]:
    """Gas burner with its iron grate; ``reach``: half the side of the grate."""
    x, y = spot
    r = 0.006
    z = top + height - r
    parts = [
        cylinder(0.4 * reach, 0.35 * height, (x, y, top), STEEL, sections=16),
        cylinder(0.3 * reach, 0.6 * height, (x, y, top), BLACK_METAL, sections=16),
    ]
    low = z - r
    for side in (-1, 1):
        parts.append(box((2 * reach, 2 * r, 2 * r), (x, y + side * (reach - r), low), BLACK_METAL, bevel=0.002))
        parts.append(
            box((2 * r, 2 * reach - 2 * r, 1.9 * r), (x + side * (reach - r), y, low), BLACK_METAL, bevel=0.002)
        )
        parts.append(box((2 * r, 0.75 * reach, 1.8 * r), (x, y + side * 0.6 * reach, low), BLACK_METAL, bevel=0.002))
        parts.append(box((0.75 * reach, 2 * r, 1.8 * r), (x + side * 0.6 * reach, y, low), BLACK_METAL, bevel=0.002))
        for other in (-1, 1):
            spot_on = (x + side * (reach - r), y + other * (reach - r), top)
            parts.append(box((1.8 * r, 1.8 * r, height - r), spot_on, BLACK_METAL, bevel=0))
    return parts


def _plate(spot: tuple[float, float], top: float, height: float, radius: float) -> list[Part]:
    """Electric hotplate: a flat disc with a steel rim and a red centre."""
    r, z = radius, height
    rim = [(0, 0), (r, 0), (r, 0.7 * z), (0.93 * r, 0.8 * z), (0.93 * r, 0.5 * z), (0, 0.5 * z)]
    disc = [(0, 0), (0.9 * r, 0), (0.88 * r, z), (0.3 * r, z), (0.28 * r, 0.8 * z), (0, 0.8 * z)]
    iron = Material((0.14, 0.14, 0.15), roughness=0.6)
    parts = [lathe(rim, (*spot, top), STEEL), lathe(disc, (*spot, top), iron)]
    return [*parts, cylinder(0.22 * r, 0.9 * z, (*spot, top), RING, sections=20)]
