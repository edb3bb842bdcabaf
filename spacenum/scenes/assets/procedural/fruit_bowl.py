"""Fruit bowl: a wide bowl heaped with apples, oranges, pears and bananas."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, ellipsoid, fit, lathe, tube
from spacenum.scenes.assets.palette import ceramic, pick, wood
from spacenum.scenes.assets.parts.shapes import loft

APPLES = (Material((0.75, 0.12, 0.10), 0.35), Material((0.52, 0.70, 0.18), 0.35))
ORANGE = Material((0.95, 0.52, 0.08), roughness=0.55)
PEAR = Material((0.80, 0.78, 0.28), roughness=0.45)
LEMON = Material((0.96, 0.84, 0.16), roughness=0.5)
BANANA = Material((0.95, 0.80, 0.18), roughness=0.5)
STALK = Material((0.25, 0.17, 0.08), roughness=0.8)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, _, h = size
    r = w / 2
    bowl_h = float(rng.uniform(0.46, 0.55)) * h
    material = wood(rng) if rng.random() < 0.4 else ceramic(rng)
    foot = 0.45 * r
    profile = [
        (0, 0), (foot, 0), (1.02 * foot, 0.1 * bowl_h), (0.78 * r, 0.4 * bowl_h), (0.94 * r, 0.75 * bowl_h),
        (r, bowl_h), (0.96 * r, bowl_h), (0.89 * r, 0.75 * bowl_h), (0.73 * r, 0.46 * bowl_h), (0, 0.2 * bowl_h),
    ]  # fmt: skip
    parts = [lathe(profile, (0, 0, 0), material, sections=32)]
    fruit = 0.26 * r
    turn = float(rng.uniform(-15, 15))
    for k in range(4):  # at the sides and behind
        a = np.radians(turn + 60 * k)
        spot = (0.58 * r * np.cos(a), 0.58 * r * np.sin(a), 0.6 * bowl_h + 0.6 * fruit)
        kind = pick(("apple", "orange", "apple", "pear", "lemon"), rng)
        parts += _fruit(kind, spot, fruit * float(rng.uniform(0.95, 1.12)), rng)
    parts += _fruit("orange", (0, -0.25 * r, 0.5 * bowl_h + 0.6 * fruit), fruit, rng)
    parts += _fruit("apple", (0.2 * r, 0.14 * r, h - 1.25 * fruit), 1.1 * fruit, rng)
    parts += _fruit("orange", (-0.25 * r, 0.12 * r, h - 1.35 * fruit), 1.1 * fruit, rng)
    for k in range(int(rng.integers(2, 4))):
        at = (0.05 * r * (k - 1), (0.15 * k - 0.18) * r, bowl_h + (0.38 + 0.05 * k) * r)
        parts += [part.turned(-60 - 8 * k, "x").moved(at) for part in _banana(0.62 * r, 0.115 * r)]
    return fit(parts, size)


def _fruit(kind: str, at: tuple[float, float, float], r: float, rng: np.random.Generator) -> list[Part]:
    """One fruit of radius about ``r`` centred ``at``, leaning a little."""
    if kind == "orange":
        return [ellipsoid((r, r, 0.97 * r), at, ORANGE, 2)]
    if kind == "lemon":
        parts = [
            ellipsoid((1.15 * r, 0.8 * r, 0.8 * r), (0, 0, 0), LEMON, 2),
            ellipsoid((1.35 * r, 0.2 * r, 0.2 * r), (0, 0, 0), LEMON, 2),
        ]
        return [part.turned(float(rng.uniform(0, 180))).moved(at) for part in parts]
    if kind == "pear":
        shape = [
            (0, -r),
            (0.6 * r, -0.85 * r),
            (0.92 * r, -0.3 * r),
            (0.75 * r, 0.3 * r),
            (0.42 * r, 0.8 * r),
            (0.3 * r, 1.15 * r),
            (0, 1.25 * r),
        ]
        skin, top = PEAR, 1.2 * r
    else:
        shape = [
            (0, -0.8 * r),
            (0.45 * r, -0.88 * r),
            (0.9 * r, -0.45 * r),
            (1.02 * r, 0.1 * r),
            (0.85 * r, 0.6 * r),
            (0.45 * r, 0.85 * r),
            (0, 0.66 * r),
        ]
        skin, top = pick(APPLES, rng), 0.6 * r
    parts = [
        lathe(shape, (0, 0, 0), skin, sections=20),
        tube([(0, 0, top), (0.08 * r, 0, top + 0.5 * r)], 0.07 * r, STALK, 6),
    ]
    lean, turn = float(rng.uniform(-25, 25)), float(rng.uniform(0, 360))
    return [part.turned(lean, "x").turned(turn).moved(at) for part in parts]


def _banana(reach: float, thick: float) -> list[Part]:
    """Banana in the plane y = 0, its ends bent upwards; ``reach``: radius of its bow, ``thick``: its own radius."""
    angles = np.radians(np.linspace(-68, 68, 11))
    radii = thick * np.array([0.35, 0.65, 0.88, 1, 1, 1, 1, 0.97, 0.85, 0.55, 0.25])
    around = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    rings = []
    for a, radius in zip(angles, radii, strict=True):
        out = np.array([np.sin(a), 0, -np.cos(a)])
        rings.append(reach * out + radius * (np.outer(np.cos(around), out) + np.outer(np.sin(around), [0, 1.0, 0])))
    first, last = (reach * np.array([np.sin(a), 0, -np.cos(a)]) for a in (angles[0], angles[-1]))
    stem = tube([first, first + [-0.02 * reach, 0, 0.2 * reach]], 0.32 * thick, STALK, 8)
    return [
        loft(rings[::-1] if _inside_out(rings) else rings, BANANA),
        stem,
        ellipsoid((0.3 * thick,) * 3, last, STALK, 1),
    ]


def _inside_out(rings: list[np.ndarray]) -> bool:
    """Whether the first ring runs clockwise seen from the second."""
    normal = np.cross(rings[0][1] - rings[0][0], rings[0][2] - rings[0][1])
    return bool(normal @ (rings[1].mean(0) - rings[0].mean(0)) < 0)
