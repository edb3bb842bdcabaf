"""Kettle: either an electric jug on its base or a round stove kettle, with spout, lid and handle."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cylinder, ellipsoid, fit, lathe, tube
from spacenum.scenes.assets.palette import BLACK_PLASTIC, PAINTS, STEEL, WHITE_ENAMEL, pick
from spacenum.scenes.assets.parts.shapes import curve, loft, oval


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    body = pick((STEEL, STEEL, WHITE_ENAMEL, Material(pick(PAINTS, rng), roughness=0.25)), rng)
    return fit(_jug(size, body, rng) if rng.random() < 0.5 else _stove_kettle(size, body, rng), size)


def _spout(path: np.ndarray, radii: tuple[float, float], material: Material) -> Part:
    """Tapering spout in the plane y = 0 along ``path`` [n, 3], its radius going over ``radii``."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    a = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    rings = []
    for point, way, r in zip(path, along, np.linspace(*radii, len(path)), strict=True):
        across = np.cross(way, (0, 1.0, 0))
        rings.append(point + r * (np.outer(np.cos(a), across) + np.outer(np.sin(a), np.cross(way, across))))
    return loft(rings, material)


def _jug(size: tuple[float, float, float], body: Material, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    r = d / 2
    to_spout = 1.05 * r + 0.4 * (w - 2.25 * r)
    x, bow = to_spout - w / 2, w - to_spout - 0.11 * r  # of the handle
    foot, shoulder = 0.12 * h, 0.86 * h
    neck = float(rng.uniform(0.62, 0.74)) * r
    profile = [
        (0, foot),
        (0.94 * r, foot),
        (0.94 * r, 0.2 * h),
        (neck, shoulder),
        (0.9 * neck, 0.88 * h),
        (0, 0.88 * h),
    ]
    lid = [(0, 0.87 * h), (0.94 * neck, 0.87 * h), (0.86 * neck, 0.92 * h), (0.3 * neck, 0.95 * h), (0, 0.95 * h)]
    beak = np.array(
        [
            (x - 0.75 * neck, 0, 0.72 * h),
            (0.35 * (x - 0.75 * neck) + 0.65 * (0.08 * r - w / 2), 0, 0.80 * h),
            (0.08 * r - w / 2, 0, 0.885 * h),
        ]
    )
    handle = curve(
        [
            (x + 0.8 * neck, 0, 0.86 * h),
            (x + 0.3 * neck + 0.6 * bow, 0, 0.88 * h),
            (x + bow, 0, 0.72 * h),
            (x + 0.95 * bow, 0, 0.44 * h),
            (x + 0.86 * r, 0, 0.26 * h),
        ],
        18,
    )
    return [
        lathe(
            [(0, 0), (r, 0), (r, 0.05 * h), (0.9 * r, 0.09 * h), (0.9 * r, 0.13 * h), (0, 0.13 * h)],
            (x, 0, 0),
            BLACK_PLASTIC,
        ),
        lathe(profile, (x, 0, 0), body, sections=36),
        lathe(lid, (x, 0, 0), BLACK_PLASTIC),
        ellipsoid((0.2 * neck, 0.2 * neck, 0.05 * h), (x, 0, 0.95 * h), BLACK_PLASTIC, 2),
        _spout(curve(beak, 8), (0.34 * r, 0.15 * r), body),
        tube(handle, 0.11 * r, BLACK_PLASTIC),
    ]


def _stove_kettle(size: tuple[float, float, float], body: Material, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    r = d / 2
    x = w / 2 - r
    top = float(rng.uniform(0.54, 0.62)) * h
    grip = Material((0.35, 0.20, 0.11), roughness=0.5) if rng.random() < 0.5 else BLACK_PLASTIC
    belly = [
        (0, 0), (0.92 * r, 0), (r, 0.06 * h), (0.99 * r, 0.3 * top), (0.88 * r, 0.62 * top), (0.64 * r, 0.86 * top),
        (0.42 * r, 0.96 * top), (0, 0.96 * top),
    ]  # fmt: skip
    lid = [(0, 0.94 * top), (0.46 * r, 0.94 * top), (0.44 * r, 0.985 * top), (0.2 * r, 1.05 * top), (0, 1.06 * top)]
    left = -w / 2 + 0.03 * w
    beak = curve([(x - 0.7 * r, 0, 0.42 * top), (x - 1.05 * r, 0, 0.66 * top), (left, 0, 1.04 * top)], 10)
    ends = 0.66 * r
    arch = curve(
        [(x - ends, 0, 0.80 * top), (x - 0.74 * r, 0, 0.72 * h), (x - 0.42 * r, 0, 0.93 * h), (x, 0, 0.965 * h),
         (x + 0.42 * r, 0, 0.93 * h), (x + 0.74 * r, 0, 0.72 * h), (x + ends, 0, 0.80 * top)], 24,
    )  # fmt: skip
    hold = arch[7:17]
    return [
        lathe(belly, (x, 0, 0), body, sections=36),
        lathe(lid, (x, 0, 0), body),
        cylinder(0.05 * r, 0.1 * top, (x, 0, 1.04 * top), grip, sections=12),
        ellipsoid((0.13 * r, 0.13 * r, 0.05 * h), (x, 0, 1.13 * top), grip, 2),
        _spout(beak, (0.26 * r, 0.12 * r), body),
        loft([oval((0.1 * r, 0.1 * r), z, (left, 0), count=16) for z in (1.0 * top, 1.01 * top)], BLACK_PLASTIC),
        tube(arch, 0.055 * r, STEEL if body is not STEEL else BLACK_PLASTIC, 10),
        tube(hold, 0.11 * r, grip, 12),
    ]
