"""Ottoman: an upholstered block on short legs, its top tufted with buttons."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, cushion, ellipsoid, fit
from spacenum.scenes.assets.palette import fabric, pick, wood
from spacenum.scenes.assets.parts.furniture import legs
from spacenum.scenes.assets.parts.shapes import clip, slab, tint


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    cloth, timber = fabric(rng), wood(rng)
    foot = clip(0.16 * h, 0.045, 0.1)
    pad = clip(0.34 * h, 0.1, 0.2)
    style = pick(("cushioned", "skirted"), rng)
    body = tint(cloth, 0.85) if style == "cushioned" else cloth
    parts = [
        *legs(w - 0.05, d - 0.05, foot + 0.02, 0.016, 0.026, timber, sides=12),
        cushion((w - 0.02, d - 0.02, h - foot - 0.7 * pad), (0, 0, foot), body, 0.025, 4),
    ]
    seam = tint(cloth, 0.6)
    for z in (h - pad + 0.005, foot + 0.02):
        parts.append(cushion((w - 0.008, d - 0.008, 0.014), (0, 0, z - 0.007), seam, 0.007, 4))
    parts += _tufted(w, d, h, pad, cloth, seam)
    return fit(parts, size)


def _tufted(w: float, d: float, h: float, pad: float, cloth: Material, seam: Material) -> list[Part]:
    """A pad with a grid of dimples, a button in each."""
    nx, ny = (int(clip(round(v / 0.2), 2, 4)) for v in (w, d))
    rim = np.array([-0.995, -0.97, -0.92, -0.85, 0.85, 0.92, 0.97, 0.995])
    across, along = (np.union1d(np.linspace(-1, 1, 4 * n + 1), rim) for n in (nx, ny))
    u, v = np.meshgrid(across, along, indexing="ij")
    edge = ((1 - u**8) * (1 - v**8)) ** 0.5
    tuft = np.abs(np.sin(np.pi * nx * (u + 1) / 2) * np.sin(np.pi * ny * (v + 1) / 2))
    depth = clip(0.2 * pad, 0.02, 0.035)
    top = h - pad + pad * (0.35 + 0.65 * edge) - depth * tuft**1.5 * edge
    x, y = u * w / 2, v * d / 2
    grid = np.stack([x, y, top], axis=-1)
    parts = [slab(grid, np.stack([x, y, np.full_like(x, h - pad)], axis=-1), cloth)]
    for i in range(nx):
        for j in range(ny):
            at = ((i + 0.5) / nx * w - w / 2, (j + 0.5) / ny * d - d / 2, h - depth + 0.002)
            parts.append(ellipsoid((0.014, 0.014, 0.007), at, seam, 1))
    return parts
