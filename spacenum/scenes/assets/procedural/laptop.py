"""Laptop: open, with keyboard, touchpad and a lit screen that shows windows."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC, pick
from spacenum.scenes.assets.parts.pictures import plate, rectangle, upright, windows
from spacenum.scenes.assets.parts.shapes import moved, turned

BASE_M, LID_M = 0.016, 0.008
SHELLS = (
    Material((0.70, 0.71, 0.73), 0.35, metallic=0.7),
    Material((0.22, 0.23, 0.26), 0.4, metallic=0.3),
    Material((0.86, 0.84, 0.80), 0.4),
)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    shell = pick(SHELLS, rng)
    lean = float(np.clip(2 * (np.degrees(np.arctan2(d, h - BASE_M)) - 45), 6, 32))
    lid = (h - BASE_M) / np.cos(np.radians(lean))
    depth = d - lid * np.sin(np.radians(lean))
    front, hinge = -d / 2, -d / 2 + depth
    middle = (front + hinge) / 2
    parts = [box((w, depth, BASE_M), (0, middle, 0), shell, bevel=0.003)]
    parts.append(cylinder(0.006, 0.8 * w, (-0.4 * w, hinge - 0.007, BASE_M), BLACK_PLASTIC, axis="x", sections=12))
    parts.append(box((0.34 * w, 0.26 * depth, 0.002), (0, front + 0.17 * depth, BASE_M - 0.001), SHELLS[1], bevel=0))
    parts += moved(_keys(0.88 * w, 0.5 * depth), (0, front + 0.63 * depth, BASE_M))
    panel = [plate(rectangle(0, lid / 2, w, lid), 0, LID_M, shell)]
    panel.append(plate(rectangle(0, lid / 2, 0.96 * w, 0.94 * lid), -0.001, 0.004, BLACK_PLASTIC))
    screen = upright(windows(0.90 * w, 0.84 * lid, rng), -0.002, 0.0005, emission=0.6, roughness=0.3)
    panel += moved(screen, (0, 0, 0.52 * lid))
    return fit(parts + moved(turned(panel, -lean, "x"), (0, hinge - LID_M, BASE_M - 0.002)), size)


def _keys(w: float, d: float) -> list[Part]:
    """A black bed of w x d metres about the origin with five rows of keys."""
    key = Material((0.16, 0.16, 0.18), 0.5)
    parts = [box((w, d, 0.002), (0, 0, -0.001), BLACK_PLASTIC, bevel=0)]
    pitch, row = w / 13, d / 5
    for j in range(5):
        widths = [1.0] * 13 if j else [1.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0]
        x = -w / 2
        for width in widths:
            at = (x + width * pitch / 2, -d / 2 + (j + 0.5) * row, 0.0)
            parts.append(box((width * pitch - 0.0028, row - 0.0028, 0.0022), at, key, bevel=0))
            x += width * pitch
    return parts
