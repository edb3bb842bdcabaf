"""What stands around the objects: a room with its door and windows, or the floor, desk and walls of a layout.

Every fixture (floor, wall, door, …) is a Blender object with an id of its own, given by the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from spacenum.scenes.assets.mesh import Material, Part, box, cylinder
from spacenum.scenes.assets.palette import BRASS
from spacenum.scenes.placement import WALL_YAW, WALLS, at_wall, wall_length
from spacenum.scenes.spec import LayoutScene, Opening, Room, Surface
from spacenum.simulators.blender.lights import add_area_light
from spacenum.simulators.blender.meshes import object_from_parts

NextId = Callable[[str], int]
THICK_M = 0.1
TRIM = Material((0.90, 0.89, 0.86), 0.5)
CEILING = Material((0.93, 0.93, 0.92), 0.95)
DESK_HEIGHT_M = 0.74


def build_room_shell(room: Room, next_id: NextId) -> None:
    """Floor, ceiling, four walls with skirting, doors, windows and the light that comes with them."""
    floor = [box((room.width, room.depth, THICK_M), (0, 0, -THICK_M), room.floor.material(), bevel=0)]
    object_from_parts("floor", floor, next_id("floor"))
    ceiling = [box((room.width, room.depth, THICK_M), (0, 0, room.height), CEILING, bevel=0)]
    object_from_parts("ceiling", ceiling, next_id("ceiling"))
    for wall in WALLS:
        length = wall_length(room, wall)
        made = _standing_slab(f"wall_{wall}", length, room.height, room.walls, WALL_YAW[wall], next_id)
        made.location = at_wall(room, wall, 0.0, 0.0)
        _skirting(room, wall, length, next_id)
    for number, opening in enumerate(room.openings, start=1):
        parts = _door(opening) if opening.kind == "door" else _window(opening)
        name = f"{opening.kind}_{number}"
        made = object_from_parts(name, parts, next_id(name))
        made.location = at_wall(room, opening.wall, opening.along, 0.0, opening.sill)
        made.rotation_euler = (0, 0, np.radians(WALL_YAW[opening.wall]))
        if opening.kind == "window":
            _daylight(room, opening)
    middle = (0.0, 0.0, room.height - 0.02)
    add_area_light(
        middle, (0, 0, 0), 0.6 * min(room.width, room.depth), 6.5 * room.width * room.depth, (1.0, 0.95, 0.88)
    )


def _standing_slab(name: str, length: float, height: float, surface: Surface, yaw: float, next_id: NextId) -> Any:
    """A wall with its face to -Y before it is turned by ``yaw``; its foot's middle at the object's location.

    Modelled lying (x along, y up) and stood up by the object's rotation, so that patterns run along it.
    """
    lying = box((length, height, THICK_M), (0, height / 2, -THICK_M), surface.material(), bevel=0)
    made = object_from_parts(name, [lying], next_id(name))
    made.rotation_euler = (np.pi / 2, 0, np.radians(yaw))
    return made


def _skirting(room: Room, wall: Any, length: float, next_id: NextId) -> None:
    doors = sorted(
        (o.along - o.width / 2 - 0.08, o.along + o.width / 2 + 0.08)
        for o in room.openings
        if o.wall == wall and o.kind == "door"
    )
    edges = [-length / 2, *(edge for door in doors for edge in door), length / 2]
    parts = [
        box((end - start, 0.006, 0.08), ((start + end) / 2, 0, 0), TRIM, bevel=0)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end - start > 0.02
    ]
    made = object_from_parts(f"skirting_{wall}", parts, next_id(f"wall_{wall}"))
    made.location = at_wall(room, wall, 0.0, 0.006)
    made.rotation_euler = (0, 0, np.radians(WALL_YAW[wall]))


def _door(opening: Opening) -> list[Part]:
    """A closed panelled door, its frame and its knob; back at +Y on the wall."""
    w, h = opening.width, opening.height
    leaf = Material((0.60, 0.42, 0.27), 0.5, pattern="wood", colour2=(0.48, 0.32, 0.19), scale=0.06)
    inset = Material((0.52, 0.36, 0.22), 0.5, pattern="wood", colour2=(0.42, 0.28, 0.16), scale=0.06)
    parts = [box((w, 0.012, h), (0, 0, 0.004), leaf)]
    for z, height in ((0.10, 0.36), (0.52, 0.42)):
        parts += [
            box((0.34 * w, 0.022, height * h), (side * 0.22 * w, 0, z * h), inset, bevel=0.006) for side in (-1, 1)
        ]
    parts += [box((0.07, 0.05, h), (side * (w / 2 + 0.035), 0, 0), TRIM) for side in (-1, 1)]
    parts.append(box((w + 0.14, 0.05, 0.07), (0, 0, h), TRIM))
    parts.append(cylinder(0.025, 0.06, (0.42 * w, -0.065, 0.48 * h), BRASS, axis="y"))
    return parts


def _window(opening: Opening) -> list[Part]:
    """A window onto sky and trees: bright panes behind a frame with a sill; back at +Y on the wall."""
    w, h = opening.width, opening.height
    sky = Material((0.74, 0.86, 0.98), 1.0, emission=1.6)
    trees = Material((0.34, 0.50, 0.30), 1.0, pattern="speckle", colour2=(0.20, 0.34, 0.18), scale=0.25, emission=0.25)
    parts = [
        box((w, 0.01, 0.62 * h), (0, 0, 0.38 * h), sky, bevel=0),
        box((w, 0.012, 0.38 * h), (0, 0, 0), trees, bevel=0),
        box((w + 0.16, 0.14, 0.035), (0, -0.05, -0.05), TRIM),
        box((w + 0.12, 0.05, 0.06), (0, 0, h), TRIM),
        box((0.035, 0.034, h), (0, 0, 0), TRIM),
        box((w, 0.03, 0.03), (0, 0, 0.55 * h), TRIM),
    ]
    parts += [box((0.06, 0.05, h + 0.02), (side * (w / 2 + 0.03), 0, -0.02), TRIM) for side in (-1, 1)]
    return parts


def _daylight(room: Room, opening: Opening) -> None:
    z = opening.sill + opening.height / 2
    at = at_wall(room, opening.wall, opening.along, 0.3, z)
    into = at_wall(room, opening.wall, opening.along, 2.3, z - 0.5)
    add_area_light(at, into, opening.width, 60 * room.daylight * opening.width * opening.height, (0.90, 0.95, 1.0))


def build_layout_surroundings(scene: LayoutScene, next_id: NextId) -> None:
    """The ground that the layout stands on (z = 0), far walls, and soft light from one side."""
    if scene.scale == "desk":
        top = box((2.2, 2.2, 0.03), (0, 0, -0.03), scene.ground.material(), bevel=0.002)
        object_from_parts("desk_top", [top], next_id("desk_top"))
        carpet = Material((0.36, 0.35, 0.34), 0.95)
        object_from_parts("floor", [box((9, 9, 0.1), (0, 0, -DESK_HEIGHT_M - 0.1), carpet, bevel=0)], next_id("floor"))
        reach, height, base, lamp = 4.5, 2.8, -DESK_HEIGHT_M, 1.6
    else:
        object_from_parts(
            "floor", [box((14, 14, 0.1), (0, 0, -0.1), scene.ground.material(), bevel=0)], next_id("floor")
        )
        reach, height, base, lamp = 7.0, 3.4, 0.0, 3.2
    for wall, (x, y) in zip(WALLS, ((0, 1), (1, 0), (0, -1), (-1, 0)), strict=True):
        made = _standing_slab(f"wall_{wall}", 2 * reach, height, scene.walls, WALL_YAW[wall], next_id)
        made.location = (x * reach, y * reach, base)
    side = np.radians((scene.seed * 137.5) % 360)
    at = (lamp * np.cos(side), lamp * np.sin(side), 1.4 * lamp)
    add_area_light(at, (0, 0, 0), lamp, 30 * lamp**2, (1.0, 0.96, 0.90))
