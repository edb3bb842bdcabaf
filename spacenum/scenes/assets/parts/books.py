"""Books with covers, pages and print."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, extrude, hull
from spacenum.scenes.assets.palette import BRASS, PAPER, pick
from spacenum.scenes.assets.parts.pictures import disc
from spacenum.scenes.assets.parts.shapes import COVERS, shade


def book(size: Size, rng: np.random.Generator, printed: bool = True) -> list[Part]:
    """A hardback of ``size`` (width, length, thickness) that lies on its back cover: spine at -X, foot towards -Y.

    printed: with a title on its cover and all its pages; without, for books of which only the spine shows.
    """
    w, d, h = size
    t, inset = float(np.clip(0.06 * h, 0.0015, 0.005)), float(np.clip(0.03 * w, 0.002, 0.008))
    bulge = float(np.clip(0.3 * h, 0.004, 0.02))
    cover = Material(pick(COVERS, rng), roughness=0.55)
    spine = replace(cover, colour=shade(cover.colour, 0.85))
    left = -w / 2 + bulge
    parts = [_spine(bulge, h, 0.0008 - d / 2, d / 2 - 0.0008, 0.0, spine).moved((left, 0, 0))]
    for z in (0, h - t):
        parts.append(box((w / 2 - left, d, t), ((w / 2 + left) / 2, 0, z), cover, bevel=0.3 * t))
    count = int(np.clip(round(h / 0.004), 4, 24)) if printed else 2
    edges = np.linspace(0.7 * t, h - 0.7 * t, count + 1)
    for k in range(count):
        back = inset + (0.0012 if k % 2 else 0.0)
        paper = PAPER if k % 2 == 0 else replace(PAPER, colour=(0.80, 0.78, 0.70))
        x0, x1 = left - 0.4 * bulge, w / 2 - back
        parts.append(
            box((x1 - x0, d - 2 * back, edges[k + 1] - edges[k]), ((x0 + x1) / 2, 0, edges[k]), paper, bevel=0)
        )
    if printed:
        parts += _cover_print((left + w / 2) / 2, w / 2 - left, d, h, rng, cover)
    return parts + _spine_print(left, bulge, d, h, rng)


def _spine(bulge: float, h: float, y0: float, y1: float, swell: float, material: Material) -> Part:
    """The round back of a book between y0 and y1, its chord at x = 0, ``swell`` metres larger than the spine itself."""
    angles = np.linspace(np.pi / 2, 1.5 * np.pi, 9)
    arc = [((bulge + swell) * np.cos(a), h / 2 + (0.49 * h + 0.6 * swell) * np.sin(a)) for a in angles]
    points = np.array([*arc, (0.004, 0.06 * h), (0.004, 0.94 * h)])
    return hull([(x, y, z) for y in (y0, y1) for x, z in points], material)


def _cover_print(x: float, w: float, d: float, h: float, rng: np.random.Generator, cover: Material) -> list[Part]:
    """Title, author and an ornament, printed (at most 1 mm a layer) on the top of a cover
    of w x d metres about (x, 0)."""
    light = sum(cover.colour) > 2
    pale = pick(((0.93, 0.86, 0.62), (0.95, 0.94, 0.90)), rng)
    ink = Material((0.15, 0.18, 0.28) if light else pale, 0.5)
    ply = min(0.001, 0.025 * h)
    accent = Material(pick([c for c in COVERS[:6] if c != cover.colour], rng), 0.5)
    style = int(rng.integers(3))

    def stamp(cx: float, cy: float, bw: float, bd: float, material: Material, layer: int) -> Part:
        return box((bw * w, bd * d, 0.002 + ply * layer), (x + cx * w, cy * d, h - 0.002), material, bevel=0)

    parts = [
        stamp(0, 0.30, 0.66, 0.075, ink, 1),
        stamp(0, 0.19, 0.46, 0.06, ink, 1),
        stamp(0, -0.38, 0.40, 0.045, ink, 1),
    ]
    if style == 0:
        parts = [stamp(0, 0.245, 0.84, 0.27, accent, 1), *(p.moved((0, 0, ply)) for p in parts[:2]), parts[2]]
    if style == 1:
        for s in (-1, 1):
            parts += [stamp(0, s * 0.455, 0.872, 0.018, ink, 1), stamp(s * 0.445, 0, 0.018, 0.928, ink, 1)]
    r = 0.19 * min(w, d)
    ring = disc(0, 0, r, r, 4 if style == 1 else 28)
    parts.append(extrude(ring, 0.002 + ply, (x, -0.09 * d, h - 0.002), ink if style == 1 else accent))
    parts.append(extrude(0.6 * ring, 0.002 + 2 * ply, (x, -0.09 * d, h - 0.002), accent if style == 1 else ink))
    return parts


def _spine_print(left: float, bulge: float, d: float, h: float, rng: np.random.Generator) -> list[Part]:
    """Gilt bands and a label around the spine."""
    label = Material(pick(COVERS, rng), 0.6)
    swell = min(0.0008, 0.02 * h)
    bands = [(-0.42, -0.40), (-0.36, -0.34), (0.36, 0.38), (0.42, 0.44)]
    parts = [_spine(bulge, h, a * d, b * d, swell, BRASS) for a, b in bands]
    parts.append(_spine(bulge, h, 0.08 * d, 0.30 * d, swell, label))
    return [part.moved((left, 0, 0)) for part in parts]
