"""A simulator that shows every object as its box: exact depth and ids, flat colours, no engine."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import MAX_HORIZON_DEG, MIN_HORIZON_DEG, Action, CameraPose, motion_of, moved
from spacenum.scenes.occupancy import Occupancy
from spacenum.scenes.spec import AnyScene, PlacedObject, RoomScene
from spacenum.simulators.base import Collision, Sensing
from tests.geometry.raycast import sense


class BoxesSimulator:
    """Implements ``simulators.base.Simulator``; ``drift`` is what the measured yaw is off by, ``depth_scale`` what
    it says for each metre of depth."""

    name = "boxes"
    version = "1"
    notes: ClassVar[dict[str, Any]] = {}

    def __init__(self, camera: Intrinsics, drift: float = 0.0, depth_scale: float = 1.0) -> None:
        self.camera, self.drift, self.depth_scale = camera, drift, depth_scale
        self.collisions = 0

    def open(self, scene: AnyScene) -> None:
        self._objects = list(scene.objects)
        self._target: list[PlacedObject] = []
        if isinstance(scene, RoomScene):
            half = np.array([scene.room.width, scene.room.depth]) / 2
            self._room = np.array([[*-half, 0], [*half, scene.room.height]])
            self._occupancy = Occupancy(scene)
        else:
            self._room = np.array([[-9, -9, 0], [9, 9, 9]]) * scene.frame.unit_m

    def start_positions(self) -> NDArray[np.float64]:
        grid = self._occupancy.free_grid()
        return np.column_stack([grid, np.full(len(grid), 1.5)])

    def place_target(self, target: PlacedObject) -> None:
        self._target = [target]

    def go_to(self, pose: CameraPose) -> None:
        self._pose = pose

    def act(self, action: Action) -> None:
        goal = moved(self._pose, motion_of(action))
        here, there = (np.array(pose.position[:2]) for pose in (self._pose, goal))
        if not (MIN_HORIZON_DEG <= goal.horizon <= MAX_HORIZON_DEG and self._occupancy.path_is_free(here, there)):
            self.collisions += 1
            raise Collision
        self._pose = goal

    def sense(self) -> Sensing:
        things = self._objects + self._target
        names = [(thing.name, thing.category) for thing in things]
        seen = sense([thing.box.round(6) for thing in things], self._pose, self.camera, self._room, names)
        measured = self._pose.model_copy(update={"yaw": self._pose.yaw + self.drift * self._pose.position[0]})
        return Sensing(measured, seen.camera, seen.depth * self.depth_scale, seen.ids, seen.instances)

    def photograph(self) -> NDArray[np.uint8]:
        seen = self.sense()
        colour = 40 + np.stack([seen.ids * k % 200 for k in (53, 97, 151)], axis=-1)
        return (colour / (1 + 0.1 * seen.depth[..., None])).astype(np.uint8)

    def close(self) -> None:
        """Nothing was started."""
