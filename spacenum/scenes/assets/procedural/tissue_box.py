"""Tissue box: a printed carton with a tissue peeking out of its slot."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, extrude, fit
from spacenum.scenes.assets.palette import pick
from spacenum.scenes.assets.parts.pictures import Shape, disc, rectangle, upright
from spacenum.scenes.assets.parts.plants import sheet

LOOKS = (
    ((0.45, 0.70, 0.80), (0.93, 0.95, 0.95), (0.20, 0.45, 0.62)),
    ((0.90, 0.72, 0.74), (0.98, 0.94, 0.90), (0.72, 0.34, 0.42)),
    ((0.62, 0.76, 0.56), (0.95, 0.95, 0.86), (0.28, 0.48, 0.30)),
    ((0.90, 0.80, 0.52), (0.97, 0.95, 0.88), (0.80, 0.50, 0.20)),
)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    base, light, ink = pick(LOOKS, rng)
    tall = 0.66 * h
    parts = [box((w, 0.994 * d, tall), (0, 0.003 * d, 0), Material(base, 0.7), bevel=0.002)]
    print_: list[Shape] = [(rectangle(0, 0.5 * tall, 0.97 * w, 0.34 * tall), light)]
    for k in range(7):
        x = (k - 3) * 0.135 * w
        print_ += [
            (disc(x, 0.5 * tall, 0.11 * tall, 0.11 * tall, 16), ink),
            (disc(x, 0.5 * tall, 0.05 * tall, 0.05 * tall, 12), base),
        ]
    parts += upright(print_, -0.494 * d - 0.0008, 0.0006, roughness=0.7)
    parts.append(extrude(disc(0, 0, 0.37 * w, 0.36 * d, 32), 0.003, (0, 0, tall - 0.002), Material(light, 0.6)))
    parts.append(
        extrude(disc(0, 0, 0.30 * w, 0.24 * d, 32), 0.004, (0, 0, tall - 0.002), Material((0.10, 0.10, 0.12), 0.9))
    )
    for s in (-1, 1):
        parts.append(_tissue(w, d, tall, h, s, rng))
    return fit(parts, size)


def _tissue(w: float, d: float, low: float, high: float, side: int, rng: np.random.Generator) -> Part:
    """One fold of the tissue: a wavy sheet that opens upwards and leans towards ``side`` in y."""
    u, v = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(0, 1, 6), indexing="ij")
    wave = rng.uniform(0, 2 * np.pi)
    x = u * w * (0.15 + 0.12 * v) + 0.05 * w * side * v
    y = side * d * (0.02 + 0.24 * v**1.6) + 0.05 * d * (0.3 + v) * np.sin(5 * u + wave)
    crest = 1 - 0.42 * np.abs(u - 0.25 * side) ** 1.5 + 0.06 * np.sin(7 * u + wave)
    z = low - 0.01 + (high - low + 0.01) * v * crest * (1.0 if side > 0 else 0.86)
    return sheet(np.stack([x, y, z], axis=2), 0.0016, Material((0.97, 0.97, 0.96), 0.95))
