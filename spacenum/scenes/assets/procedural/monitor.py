"""Computer monitor: a lit screen with windows, on a foot."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, extrude, fit
from spacenum.scenes.assets.palette import BLACK_PLASTIC, STEEL, pick
from spacenum.scenes.assets.parts.pictures import disc, plate, rectangle, upright, windows
from spacenum.scenes.assets.parts.shapes import moved


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    shell = pick((BLACK_PLASTIC, Material((0.80, 0.81, 0.82), 0.4)), rng)
    foot = pick((shell, STEEL), rng)
    tall = min(0.76 * h, 0.66 * w)
    middle = h - tall / 2
    parts = [plate(rectangle(0, middle, w, tall), -0.02, 0.012, shell)]
    parts.append(plate(rectangle(0, middle, 0.6 * w, 0.6 * tall), 0.0, 0.035, shell))
    parts.append(plate(rectangle(0, middle + 0.012 * tall, 0.955 * w, 0.9 * tall), -0.022, 0, BLACK_PLASTIC))
    screen = upright(windows(0.94 * w, 0.87 * tall, rng), -0.0235, 0.0005, emission=0.6, roughness=0.3)
    parts += moved(screen, (0, 0, middle + 0.012 * tall))
    parts.append(box((0.13 * w, 0.03, h - 0.6 * tall), (0, 0.045, 0.006), foot, bevel=0.004))
    if rng.random() < 0.5:
        parts.append(extrude(disc(0, 0, 0.24 * w, d / 2, 36), 0.014, (0, 0, 0), foot))
    else:
        parts.append(box((0.46 * w, d, 0.012), (0, 0, 0), foot, bevel=0.004))
    return fit(parts, size)
