"""Microwave oven: a low box with a dark window, a handle and a panel of buttons."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, Size, box, cylinder, fit
from spacenum.scenes.assets.palette import BLACK_METAL, BLACK_PLASTIC, CHROME, DARK_GLASS, STEEL, WHITE_ENAMEL, pick
from spacenum.scenes.assets.parts.fittings import bar_handle

DISPLAY = Material((0.25, 0.95, 0.55), roughness=0.5, emission=0.6)
BUTTON = Material((0.80, 0.80, 0.80), roughness=0.5)
GREY = Material((0.55, 0.56, 0.57), roughness=0.4)


def build(size: Size, rng: np.random.Generator) -> list[Part]:
    w, d, h = size
    body = pick((WHITE_ENAMEL, STEEL, Material((0.10, 0.10, 0.11), roughness=0.35)), rng)
    panel_face = BLACK_PLASTIC if body is not WHITE_ENAMEL or rng.random() < 0.5 else GREY
    foot, door = 0.012, 0.022
    knobs = bool(rng.random() < 0.35)
    reach = 0.028
    face = -d / 2 + reach + door
    front, tall = face - door, h - foot
    share = float(rng.uniform(0.70, 0.76))
    door_w, panel_w = share * w, (1 - share) * w
    door_x, panel_x = -w / 2 + door_w / 2, w / 2 - panel_w / 2
    parts = [
        box((w, d / 2 - face, tall), (0, (d / 2 + face) / 2, foot), body, bevel=0.006),
        box(
            (door_w - 0.002, door + 0.01, tall - 0.006),
            (door_x, face - door / 2 + 0.005, foot + 0.003),
            body,
            bevel=0.004,
        ),
        box(
            (panel_w - 0.002, door + 0.01, tall - 0.006),
            (panel_x, face - door / 2 + 0.005, foot + 0.003),
            panel_face,
            0.004,
        ),
        box(
            (0.72 * door_w, 0.004, 0.66 * tall),
            (door_x - 0.04 * door_w, front, foot + 0.17 * tall),
            DARK_GLASS,
            bevel=0.001,
        ),
        *bar_handle(0.7 * tall, (door_x + 0.43 * door_w, front, foot + tall / 2), CHROME, "z", reach),
        box((0.76 * panel_w, 0.004, 0.15 * tall), (panel_x, front, foot + 0.78 * tall), DARK_GLASS, bevel=0),
        box((0.4 * panel_w, 0.004, 0.07 * tall), (panel_x, front - 0.001, foot + 0.82 * tall), DISPLAY, bevel=0),
    ]
    if knobs:
        for z in (0.58, 0.28):
            spot = (panel_x, front - 0.018, foot + z * tall)
            parts.append(cylinder(min(0.28 * panel_w, 0.12 * tall), 0.02, spot, CHROME, axis="y", sections=24))
            parts.append(box((0.004, 0.004, 0.1 * tall), (spot[0], spot[1] - 0.001, spot[2]), BLACK_METAL, bevel=0))
    else:
        for row in range(5):
            for column in range(3):
                spot = (panel_x + (column - 1) * 0.26 * panel_w, front, foot + (0.10 + 0.13 * row) * tall)
                parts.append(
                    box((0.18 * panel_w, 0.006, 0.08 * tall), spot, BUTTON if body is not GREY else GREY, bevel=0)
                )
    for x in (-1, 1):
        for y in (-1, 1):
            parts.append(cylinder(0.014, foot + 0.002, (x * 0.4 * w, y * 0.32 * d, 0), BLACK_PLASTIC, sections=12))
    return fit(parts, size)
