"""What AI2-THOR reports, in our terms.

Unity's world is left-handed with Y up: x right, z forward, yaw clockwise from +z seen from above. Ours is right-handed
with Z up: our (X, Y, Z) are Unity's (z, -x, y), and yaw changes its sign. Camera pitch (``horizon``, down positive) is
the same in both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spacenum.geometry.poses import CameraPose
from spacenum.simulators.base import Instance

FIXTURES = frozenset(
    ("Floor", "Wall", "Ceiling", "Door", "Doorway", "Doorframe", "Window", "ShowerDoor", "ShowerGlass")
)
"""Object types that are part of the building: they don't count as anchors."""

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Thing:
    """An object of the scene: its id and type in AI2-THOR, and [smallest, largest] corner
    of its box in Unity's world."""

    object_id: str
    object_type: str
    box: tuple[Point, Point] | None


@dataclass(frozen=True)
class Observation:
    """One event of the client, reduced to what we use; positions in Unity's world, in metres.

    depth: as the client gives it, short of metres (``depth_of``). planes: distances of the camera's near and far plane.
    ids: [height, width, 3] segmentation colours; names: the object (or part of the building) of each colour.
    double: the player says that it stands in for Unity in tests.
    """

    success: bool
    message: str
    returned: Any
    agent: Point
    camera: Point
    yaw: float
    horizon: float
    things: tuple[Thing, ...]
    names: dict[tuple[int, int, int], str]
    frame: NDArray[np.uint8]
    depth: NDArray[np.float32]
    planes: tuple[float, float]
    ids: NDArray[np.uint8]
    double: bool


def to_ours(point: Sequence[float]) -> Point:
    """A point of Unity's world in ours."""
    x, y, z = point
    return (float(z), -float(x), float(y))


def to_unity(point: Sequence[float]) -> Point:
    """A point of our world in Unity's."""
    x, y, z = point
    return (-float(y), float(z), float(x))


def pose_of(seen: Observation) -> CameraPose:
    """The measured pose of the camera."""
    return CameraPose(position=to_ours(seen.camera), yaw=-seen.yaw % 360, horizon=seen.horizon)


def depth_factor(planes: tuple[float, float]) -> float:
    """What the client's depth must be multiplied by to be metres: far / (far - near), 20 / 19.9 for the agent's camera.

    Unity's ``Linear01Depth`` is distance / far, and the build's shader (github.com/allenai/ai2thor,
    unity/Assets/Scripts/ImageSynthesis/Shaders/Depth.shader) multiplies it by far - near: a wall 3 m away reads 2.985,
    as its author found (pull request 976; issue 1301 is open). The client does the same to builds that send
    ``Linear01Depth`` itself.
    """
    near, far = planes
    return far / (far - near)


def depth_of(seen: Observation) -> NDArray[np.float64]:
    """Metres along the view axis [height, width]; the far plane's distance where nothing is hit."""
    return seen.depth.astype(np.float64) * depth_factor(seen.planes)


def words(object_type: str) -> str:
    """A type as a person would say it: "DiningTable" is a dining table, "TVStand" a TV stand."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", object_type)
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def instances_of(seen: Observation, pieces: Mapping[str, str]) -> list[Instance]:
    """All things of the open scene that have a colour, numbered from 1 in the order of
    their names, with no pixels yet. pieces: id of the piece of furniture that a thing belongs to."""
    things = {thing.object_id: thing for thing in seen.things}
    names = sorted(set(seen.names.values()))
    return [_instance(number, name, things.get(name), pieces.get(name)) for number, name in enumerate(names, start=1)]


def _instance(number: int, name: str, thing: Thing | None, piece: str | None) -> Instance:
    kind = thing.object_type if thing else re.split(r"[|_\d.]", name)[0] or "structure"
    box = None
    if thing and thing.box:
        corners = np.array([to_ours(corner) for corner in thing.box])
        low, high = (tuple(round(float(v), 6) for v in edge) for edge in (corners.min(axis=0), corners.max(axis=0)))
        box = (low, high)
    fixture = thing is None or kind in FIXTURES
    return Instance(
        id=number, name=name, category=words(kind), fixture=fixture, box=box, visible_px=0, piece=piece,  # type: ignore[arg-type]
    )  # fmt: skip


def id_image(seen: Observation, known: Sequence[Instance]) -> NDArray[np.int64]:
    """Our ids [height, width] of the segmentation colours; 0 where a colour has no name."""
    numbers = {instance.name: instance.id for instance in known}
    packed = seen.ids.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    colours, where = np.unique(packed, return_inverse=True)
    by_colour = {(r << 16) + (g << 8) + b: numbers.get(name, 0) for (r, g, b), name in seen.names.items()}
    return np.array([by_colour.get(int(colour), 0) for colour in colours])[where].reshape(packed.shape)
