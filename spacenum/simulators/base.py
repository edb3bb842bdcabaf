"""The protocol that every simulator implements, and what its frames hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import Action, CameraPose
from spacenum.scenes.spec import AnyScene, PlacedObject

DOUBLE = "-double"
"""Ends the name of a simulator whose engine is a stand-in for tests; no items are built from its frames."""


class Instance(BaseModel):
    """A thing with an id in the id image.

    fixture: part of the building (floor, wall, door, window …): doesn't count as an anchor. box: [smallest, largest]
    world corner in metres, from the scene description; None for fixtures. visible_px: pixels of it in this frame.
    piece: name of the piece of furniture that it is a part of, if the engine has that piece's drawers, doors and knobs
    as instances of their own; None for what is whole.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int
    name: str
    category: str
    fixture: bool
    box: tuple[tuple[float, float, float], tuple[float, float, float]] | None
    visible_px: int
    piece: str | None = None


@dataclass(frozen=True, eq=False)
class Sensing:
    """What a pose shows, before any colour is paid for.

    depth: metres along the view axis [height, width]. ids: instance ids [height, width]. pose: as the simulator
    measured it, not as it was commanded. instances: those with at least one pixel.
    """

    pose: CameraPose
    camera: Intrinsics
    depth: NDArray[np.float64]
    ids: NDArray[np.int64]
    instances: tuple[Instance, ...]


CollisionKind = Literal["way blocked", "end not free", "can't stand at the start", "beyond the pitch limits"]


class Collision(Exception):
    """The agent can't do this action from here. kind: why, as coverage counts it;
    the message has the engine's words."""

    def __init__(self, message: str = "", kind: CollisionKind = "way blocked") -> None:
        super().__init__(message)
        self.kind: CollisionKind = kind

    @property
    def outcome(self) -> str:
        """The reason as it stands in coverage tables."""
        return f"collision: {self.kind}"


class Simulator(Protocol):
    """One engine. ``open`` a scene, then look around in it; a simulator holds one scene at a time."""

    @property
    def name(self) -> str:
        """The engine that the frames come from."""

    @property
    def version(self) -> str:
        """Of the engine: a finished scene of another one isn't gone on from, and the frames' meta file has it."""

    @property
    def notes(self) -> Mapping[str, Any]:
        """What the engine was set to, or its pixels corrected by, beyond the config; the frames' meta file has it."""

    def open(self, scene: AnyScene) -> None:
        """Load a scene; for layouts the target stands nowhere until ``place_target``."""

    def start_positions(self) -> NDArray[np.float64]:
        """[n, 3] eye positions in metres at which the agent can stand in the open room."""

    def place_target(self, target: PlacedObject) -> None:
        """Stand a layout's target at one of its placements."""

    def go_to(self, pose: CameraPose) -> None:
        """Teleport the camera to ``pose``."""

    def act(self, action: Action) -> None:
        """Do one action from the current pose; raises Collision and stays in place if something is in the way."""

    def sense(self) -> Sensing:
        """Depth, ids, measured pose and instances at the current pose; Collision if the
        agent can't be there after all."""

    def photograph(self) -> NDArray[np.uint8]:
        """The colour image at the current pose: sRGB [height, width, 3]."""

    def close(self) -> None:
        """End what the engine started, and remove what it left outside the study."""


def engine_of(simulator: Simulator) -> str:
    """What takes the frames, exactly: the engine's name and version."""
    return f"{simulator.name} {simulator.version}"


def count_instances(ids: NDArray[np.int64], known: Sequence[Instance]) -> tuple[Instance, ...]:
    """The instances that ``ids`` shows, with their pixel counts."""
    values, counts = np.unique(ids, return_counts=True)
    pixels = dict(zip(values.tolist(), counts.tolist(), strict=True))
    return tuple(i.model_copy(update={"visible_px": pixels[i.id]}) for i in known if i.id in pixels)


def instance_of(placed: PlacedObject, number: int) -> Instance:
    """A placed object as an instance, its box as the scene says."""
    low, high = (tuple(round(float(v), 6) for v in corner) for corner in placed.box)
    return Instance(id=number, name=placed.name, category=placed.category, fixture=False, box=(low, high), visible_px=0)  # type: ignore[arg-type]


def fixture_instance(name: str, number: int) -> Instance:
    """A part of the building as an instance: 'wall_north' is a wall."""
    return Instance(id=number, name=name, category=name.split("_")[0], fixture=True, box=None, visible_px=0)
