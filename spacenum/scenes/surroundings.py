"""What stands around a layout in every engine: the ground, the desk, far walls, and one lamp from the side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spacenum.scenes.assets.mesh import Colour, Material, Part, box
from spacenum.scenes.placement import WALL_YAW, WALLS
from spacenum.scenes.spec import LayoutScene, Surface, Vec3

THICK_M = 0.1
DESK_HEIGHT_M = 0.74
CARPET = Material((0.36, 0.35, 0.34), 0.95)


@dataclass(frozen=True)
class Fixture:
    """A thing of the building: its parts in a frame of their own, which is turned and then moved into the world.

    turn: degrees about the fixed x, y and z axes, in that order. position: metres.
    """

    name: str
    parts: tuple[Part, ...]
    position: Vec3 = (0.0, 0.0, 0.0)
    turn: Vec3 = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Lamp:
    """A square lamp of ``size`` metres that shines towards the origin; sRGB colour, radiant power in watts."""

    position: Vec3
    size: float
    watts: float
    colour: Colour


def standing_slab(name: str, length: float, height: float, surface: Surface, yaw: float, foot: Vec3) -> Fixture:
    """A wall with its face to -Y before it is turned by ``yaw``; its foot's middle at ``foot``.

    Modelled lying (x along, y up) and stood up by the turn, so that patterns run along it.
    """
    lying = box((length, height, THICK_M), (0, height / 2, -THICK_M), surface.material(), bevel=0)
    return Fixture(name, (lying,), foot, (90.0, 0.0, yaw))


def layout_fixtures(scene: LayoutScene) -> Iterator[Fixture]:
    """The ground that the layout stands on (z = 0), and the walls around it."""
    ground = scene.ground.material()
    if scene.scale == "desk":
        yield Fixture("desk_top", (box((2.2, 2.2, 0.03), (0, 0, -0.03), ground, bevel=0.002),))
        yield Fixture("floor", (box((9, 9, 0.1), (0, 0, -DESK_HEIGHT_M - 0.1), CARPET, bevel=0),))
        reach, height, base = 4.5, 2.8, -DESK_HEIGHT_M
    else:
        yield Fixture("floor", (box((14, 14, 0.1), (0, 0, -0.1), ground, bevel=0),))
        reach, height, base = 7.0, 3.4, 0.0
    for wall, (x, y) in zip(WALLS, ((0, 1), (1, 0), (0, -1), (-1, 0)), strict=True):
        foot = (x * reach, y * reach, base)
        yield standing_slab(f"wall_{wall}", 2 * reach, height, scene.walls, WALL_YAW[wall], foot)


def layout_lamp(scene: LayoutScene) -> Lamp:
    """Soft light from a side that the scene's seed chooses."""
    size = 1.6 if scene.scale == "desk" else 3.2
    side = np.radians((scene.seed * 137.5) % 360)
    at = (float(size * np.cos(side)), float(size * np.sin(side)), 1.4 * size)
    return Lamp(at, size, 30 * size**2, (1.0, 0.96, 0.90))


def layout_ambient(scene: LayoutScene) -> tuple[Colour, float]:
    """Linear colour and radiance (W/m²/sr) of the light from everywhere."""
    return (0.95, 0.97, 1.0), 0.7
