"""Bowl: a ceramic bowl, glazed in other colours inside and outside."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, fit, lathe
from spacenum.scenes.assets.palette import CERAMICS, ceramic, pick
from spacenum.scenes.assets.parts.shapes import shade


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, _, h = size
    r, wall = w / 2, 0.025 * w
    glaze = ceramic(rng)
    liner = Material(pick(CERAMICS[:1] + CERAMICS[4:], rng), roughness=0.2) if rng.random() < 0.6 else glaze
    foot = float(rng.uniform(0.4, 0.52)) * r
    power = float(rng.uniform(0.42, 0.62))
    t = np.linspace(0, 1, 11)
    out_r, out_z = foot + (r - foot) * t**power, 0.08 * h + 0.92 * h * t
    lip = 0.3 * wall
    outside = [(0, 0.03 * h), (0.8 * foot, 0.03 * h), (0.85 * foot, 0), (0.95 * foot, 0), (foot, 0.08 * h)]
    outside += list(zip(out_r[1:-1], out_z[1:-1], strict=True)) + [(r, h - lip), (r - lip, h), (r - wall, h - lip)]
    inner_r = np.maximum(out_r - wall, 0)
    inside = list(zip(inner_r[-2::-1], np.maximum(out_z[-2::-1], 0.08 * h) + 0.07 * h, strict=True))
    inside = [point for point in inside if point[1] < h - lip]
    parts = [lathe([*outside, *inside, (0, 0.12 * h)], (0, 0, 0), glaze, sections=32)]
    if liner is not glaze:
        skin = [(rr - 0.0012, z + 0.0008) for rr, z in inside]
        under = [(rr + 0.4 * wall, z) for rr, z in reversed(inside)]
        parts.append(lathe([(0, 0.1 * h), *under, *skin, (0, 0.12 * h + 0.0012)], (0, 0, 0), liner, sections=32))
    if rng.random() < 0.5:
        band = Material(shade(pick(CERAMICS[1:4], rng), 0.9), roughness=0.2)
        low = int(rng.integers(5, 7))
        ring = [(out_r[k] + 0.0008, out_z[k]) for k in range(low, low + 3)]
        back = [(out_r[k] - 0.5 * wall, out_z[k]) for k in reversed(range(low, low + 3))]
        loop = [*ring, *back, ring[0]]
        parts.append(lathe(loop, (0, 0, 0), band, sections=32))
    return fit(parts, size)
