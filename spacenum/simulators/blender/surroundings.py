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
from spacenum.scenes.spec import LayoutScene, Opening, Room
from spacenum.scenes.surroundings import THICK_M, Fixture, layout_fixtures, layout_lamp, standing_slab
from spacenum.simulators.blender.lights import add_area_light
from spacenum.simulators.blender.meshes import object_from_parts

NextId = Callable[[str], int]
TRIM = Material((0.90, 0.89, 0.86), 0.5)
CEILING = Material((0.93, 0.93, 0.92), 0.95)


def build_room_shell(room: Room, next_id: NextId) -> None:
    """Floor, ceiling, four walls with skirting, doors, windows and the light that comes with them."""
    floor = [box((room.width, room.depth, THICK_M), (0, 0, -THICK_M), room.floor.material(), bevel=0)]
    object_from_parts("floor", floor, next_id("floor"))
    ceiling = [box((room.width, room.depth, THICK_M), (0, 0, room.height), CEILING, bevel=0)]
    object_from_parts("ceiling", ceiling, next_id("ceiling"))
    for wall in WALLS:
        length = wall_length(room, wall)
        foot = at_wall(room, wall, 0.0, 0.0)
        _build(standing_slab(f"wall_{wall}", length, room.height, room.walls, WALL_YAW[wall], foot), next_id)
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
    for fixture in layout_fixtures(scene):
        _build(fixture, next_id)
    lamp = layout_lamp(scene)
    add_area_light(lamp.position, (0, 0, 0), lamp.size, lamp.watts, lamp.colour)


def _build(fixture: Fixture, next_id: NextId) -> None:
    made = object_from_parts(fixture.name, fixture.parts, next_id(fixture.name))
    made.location = fixture.position
    made.rotation_euler = np.radians(fixture.turn)
