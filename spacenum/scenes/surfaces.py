"""How floors and walls look: colours and patterns drawn with the scene's seed."""

from __future__ import annotations

import numpy as np

from spacenum.scenes.spec import RoomKind, Surface

PLANKS = (
    ((0.55, 0.38, 0.23), (0.38, 0.25, 0.15)),
    ((0.72, 0.57, 0.39), (0.55, 0.41, 0.27)),
    ((0.36, 0.24, 0.16), (0.24, 0.15, 0.10)),
)
TILES = (
    ((0.80, 0.79, 0.76), (0.58, 0.57, 0.55)),
    ((0.42, 0.45, 0.48), (0.30, 0.32, 0.34)),
    ((0.72, 0.60, 0.48), (0.52, 0.43, 0.35)),
)
CARPETS = ((0.52, 0.47, 0.41), (0.36, 0.41, 0.47), (0.47, 0.39, 0.43))
WALL_COLOURS = (
    (0.86, 0.84, 0.78), (0.74, 0.80, 0.82), (0.80, 0.83, 0.72), (0.88, 0.80, 0.72), (0.78, 0.76, 0.82),
    (0.70, 0.76, 0.70),
)  # fmt: skip


def draw_floor(kind: RoomKind, rng: np.random.Generator) -> Surface:
    """Tiles in kitchens and bathrooms, planks or carpet elsewhere."""
    if kind in ("kitchen", "bathroom"):
        colour, colour2 = TILES[int(rng.integers(len(TILES)))]
        return Surface(
            colour=colour,
            colour2=colour2,
            pattern="tiles",
            scale=round(float(rng.uniform(0.25, 0.5)), 2),
            roughness=0.35,
        )
    if rng.random() < 0.3:
        colour = CARPETS[int(rng.integers(len(CARPETS)))]
        return Surface(colour=colour, colour2=_darker(colour, 0.85), pattern="fabric", scale=0.02, roughness=0.95)
    colour, colour2 = PLANKS[int(rng.integers(len(PLANKS)))]
    return Surface(
        colour=colour, colour2=colour2, pattern="planks", scale=round(float(rng.uniform(0.1, 0.16)), 2), roughness=0.4
    )


def draw_walls(kind: RoomKind, rng: np.random.Generator) -> Surface:
    """Paint, wallpaper or tiles."""
    colour = WALL_COLOURS[int(rng.integers(len(WALL_COLOURS)))]
    if kind == "bathroom":
        return Surface(
            colour=colour,
            colour2=_darker(colour, 0.8),
            pattern="tiles",
            scale=round(float(rng.uniform(0.15, 0.3)), 2),
            roughness=0.3,
        )
    if kind != "kitchen" and rng.random() < 0.4:
        return Surface(
            colour=colour,
            colour2=_darker(colour, 0.88),
            pattern="stripes",
            scale=round(float(rng.uniform(0.2, 0.4)), 2),
            roughness=0.9,
        )
    return Surface(colour=colour, roughness=0.9)


def _darker(colour: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    return (round(factor * colour[0], 3), round(factor * colour[1], 3), round(factor * colour[2], 3))
