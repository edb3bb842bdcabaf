"""What kitchens and bathrooms share: cabinet fronts, handles, taps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spacenum.scenes.assets.mesh import Colour, Material, Part, box, cylinder, ellipsoid, frustum, tube
from spacenum.scenes.assets.palette import BLACK_METAL, BRASS, STEEL, pick, wood
from spacenum.scenes.assets.parts.shapes import curve

KITCHEN_PAINTS: tuple[Colour, ...] = (
    (0.92, 0.91, 0.88), (0.62, 0.65, 0.67), (0.20, 0.28, 0.38), (0.50, 0.58, 0.50), (0.80, 0.74, 0.62),
    (0.34, 0.36, 0.38),
)  # fmt: skip

COUNTERS: tuple[Material, ...] = (
    Material((0.90, 0.89, 0.87), 0.25, pattern="marble", colour2=(0.66, 0.66, 0.67), scale=0.12),
    Material((0.16, 0.16, 0.17), 0.25, pattern="speckle", colour2=(0.30, 0.30, 0.31), scale=0.012),
    Material((0.66, 0.62, 0.56), 0.35, pattern="speckle", colour2=(0.52, 0.48, 0.43), scale=0.014),
    Material((0.66, 0.47, 0.29), 0.45, pattern="wood", colour2=(0.54, 0.36, 0.20), scale=0.06),
)


def bar_handle(length: float, at: ArrayLike, material: Material, axis: str = "x", reach: float = 0.03) -> list[Part]:
    """Round bar of ``length`` along x or z on two posts; ``at``: its middle on the face (y); sticks out ``reach``."""
    x, y, z = np.asarray(at, float)
    r = 0.2 * reach
    way = np.array([1.0, 0, 0]) if axis == "x" else np.array([0, 0, 1.0])
    middle = np.array([x, y - reach + r, z])
    bar = tube([middle - length / 2 * way, middle, middle + length / 2 * way], r, material, 10)
    posts = [
        tube([middle + [0, reach, 0] + s * 0.38 * length * way, middle + s * 0.38 * length * way], 0.8 * r, material, 8)
        for s in (-1, 1)
    ]
    return [bar, *posts]


def knob(at: ArrayLike, material: Material, radius: float = 0.015) -> list[Part]:
    """Round furniture knob that sticks out of the face ``at`` towards -Y by twice its radius."""
    x, y, z = np.asarray(at, float)
    neck = cylinder(0.5 * radius, 1.4 * radius, (x, y - 1.2 * radius, z), material, axis="y", sections=10)
    return [neck, ellipsoid((radius, 0.6 * radius, radius), (x, y - 1.4 * radius, z), material, 1)]


@dataclass(frozen=True)
class Fronts:
    """How the doors and drawers of a cabinet look. handle: "bar" or "knob"; framed: panel within a raised frame."""

    face: Material
    metal: Material
    counter: Material
    handle: str
    framed: bool


def kitchen_fronts(rng: np.random.Generator) -> Fronts:
    """A kitchen style; cabinets of the same seed draw it first, so that they match."""
    face = wood(rng) if rng.random() < 0.35 else Material(pick(KITCHEN_PAINTS, rng), roughness=0.45)
    metal = pick((STEEL, BLACK_METAL, BRASS), rng)
    counter = pick(COUNTERS[:3] if face.pattern == "wood" else COUNTERS, rng)
    return Fronts(face, metal, counter, pick(("bar", "bar", "knob"), rng), bool(rng.random() < 0.5))


def front(size: tuple[float, float], at: ArrayLike, style: Fronts, handle: str) -> list[Part]:
    """One door or drawer front of ``size`` (x, z), base centre ``at`` on the carcass, 18 mm thick towards -Y.

    handle: "" for none, else where it sits: "centre" (drawer), or "left"/"right" with "top"/"bottom" ("left top").
    """
    (w, h), (x, y, z) = size, np.asarray(at, float)
    rail = min(0.06, 0.24 * w, 0.24 * h)
    thick = 0.012 if style.framed else 0.018
    parts = [box((w, thick, h), (x, y - thick / 2, z), style.face, 0.002)]
    if style.framed:
        for side in (-1, 1):
            parts.append(box((rail, 0.016, h), (x + side * (w - rail) / 2, y - 0.010, z), style.face, 0.002))
            bottom = z if side < 0 else z + h - rail
            parts.append(box((w - 2 * rail, 0.015, rail), (x, y - 0.010, bottom), style.face, 0.002))
    if not handle:
        return parts
    out, long = y - 0.017, min(0.16, 0.5 * max(w, h))
    if handle == "centre":
        spot, axis = (x, out, z + h / 2), "x"
        long = min(long, 0.6 * w)
    else:
        bottom = z + 0.03 + (long / 2 if style.handle == "bar" else 0.03)
        top = 2 * z + h - bottom
        spot = (
            x + (-1 if "left" in handle else 1) * (w / 2 - max(0.03, rail / 2)),
            out,
            top if "top" in handle else bottom,
        )
        axis = "z"
    return parts + (
        bar_handle(long, spot, style.metal, axis, 0.027) if style.handle == "bar" else knob(spot, style.metal)
    )


def doors(size: tuple[float, float], at: ArrayLike, style: Fronts, count: int, height: str = "top") -> list[Part]:
    """``count`` doors side by side filling ``size`` (x, z) from base centre ``at``; pairs open from their middle."""
    (w, h), (x, y, z) = size, np.asarray(at, float)
    each = w / count
    parts = []
    for k in range(count):
        inner = "right" if k % 2 == 0 else "left"
        spot = (x - w / 2 + (k + 0.5) * each, y, z + 0.0015)
        parts += front((each - 0.004, h - 0.003), spot, style, f"{inner} {height}")
    return parts


def drawers(size: tuple[float, float], at: ArrayLike, style: Fronts, heights: Sequence[float]) -> list[Part]:
    """Drawer fronts stacked from the bottom, in the proportion of ``heights``, filling ``size`` (x, z)."""
    (w, h), (x, y, z) = size, np.asarray(at, float)
    parts = []
    for share in np.asarray(heights, float) / sum(heights):
        parts += front((w - 0.004, h * share - 0.003), (x, y, z + 0.0015), style, "centre")
        z += h * share
    return parts


def gooseneck_tap(at: ArrayLike, height: float, reach: float, material: Material) -> list[Part]:
    """Tall kitchen tap standing ``at``, its bow towards -Y over ``reach``, with a lever at the right."""
    foot = np.asarray(at, float)
    r = min(0.014, 0.07 * height)
    bow = reach / 2
    a = np.linspace(0, np.pi, 12)
    arc = np.column_stack([np.zeros(12), -bow + bow * np.cos(a), height - r - bow + bow * np.sin(a)])
    path = np.concatenate([[(0, 0, 0), (0, 0, 0.5 * (height - bow))], arc, [(0, -reach, arc[-1, 2] - 0.25 * bow)]])
    nozzle = cylinder(1.3 * r, 0.35 * bow, foot + [0, -reach, arc[-1, 2] - 0.5 * bow], material, sections=16)
    body = cylinder(1.8 * r, 0.3 * height, foot, material, sections=20)
    lever = tube(
        foot + [(0, 0, 0.2 * height), (0.06, 0, 0.26 * height), (0.09, 0, 0.33 * height)], 0.6 * r, material, 10
    )
    return [tube(foot + path, r, material, 14), nozzle, body, lever]


def mixer_tap(at: ArrayLike, height: float, reach: float, material: Material) -> list[Part]:
    """Low bathroom tap standing ``at``: body, spout towards -Y over ``reach``, lever on top (``height`` in all)."""
    foot = np.asarray(at, float)
    r = 0.13 * height
    spout = curve([(0, 0, 0.45 * height), (0, -0.6 * reach, 0.62 * height), (0, -reach, 0.45 * height)])
    lever = np.array([(0, 0.1 * reach, 0.86 * height), (0, -0.55 * reach, height - 0.4 * r)])
    return [
        cylinder(1.5 * r, 0.06 * height, foot, material, sections=20),
        frustum(1.15 * r, r, 0.8 * height, foot, material, sections=20),
        ellipsoid((1.1 * r, 1.1 * r, 0.12 * height), foot + [0, 0, 0.8 * height], material, 2),
        tube(foot + spout, 0.75 * r, material, 12),
        tube(foot + lever, 0.4 * r, material, 10),
    ]
