"""The ``blender`` simulator: our scene specs, path-traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import bpy
import numpy as np
from numpy.typing import NDArray

from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import MAX_HORIZON_DEG, MIN_HORIZON_DEG, Action, CameraPose, motion_of, moved
from spacenum.scenes.assets.manifest import Pack
from spacenum.scenes.occupancy import Occupancy
from spacenum.scenes.spec import AnyScene, IthorScene, PlacedObject, RoomScene
from spacenum.scenes.surroundings import layout_ambient
from spacenum.simulators.base import Collision, Instance, Sensing, count_instances, fixture_instance, instance_of
from spacenum.simulators.blender.engine import BlenderEngine
from spacenum.simulators.blender.meshes import build_object
from spacenum.simulators.blender.settings import CAMERA_HEIGHT_M, BlenderConfig
from spacenum.simulators.blender.surroundings import build_layout_surroundings, build_room_shell


class BlenderSimulator:
    """Implements ``simulators.base.Simulator``.

    Frames don't depend on the process or on which scene was open before: the same scene, pose and settings give the
    same bytes.
    """

    name = "blender"
    version: str = bpy.app.version_string
    notes: ClassVar[Mapping[str, Any]] = {}  # all that changes pixels stands in the config

    def __init__(self, pack: Pack, camera: Intrinsics, settings: BlenderConfig, threads: int = 1) -> None:
        self._pack, self._camera = pack, camera
        self._engine = BlenderEngine(settings, threads)
        self._known: list[Instance] = []
        self._occupancy: Occupancy | None = None
        self._target: object | None = None
        self._pose: CameraPose | None = None

    def open(self, scene: AnyScene) -> None:
        if isinstance(scene, IthorScene):
            raise TypeError(f"{scene.floor_plan} is a room of AI2-THOR's own")
        self._engine.reset()
        self._known, self._target, self._occupancy = [], None, None
        for placed in scene.objects:
            build_object(placed, self._pack, self._register(placed))
        if isinstance(scene, RoomScene):
            self._engine.ambient((1.0, 0.97, 0.92), 0.4, 2.0)
            build_room_shell(scene.room, self._register_fixture())
            self._occupancy = Occupancy(scene)
        else:
            self._engine.ambient(*layout_ambient(scene), 2.0 if scene.scale == "room" else 0.5)
            build_layout_surroundings(scene, self._register_fixture())
        for material in bpy.data.materials:
            material.cycles.emission_sampling = "NONE"  # bright surfaces are seen, lamps light: less noise

    def _register(self, placed: PlacedObject) -> int:
        number = len(self._known) + 1
        self._known.append(instance_of(placed, number))
        return number

    def _register_fixture(self) -> Callable[[str], int]:
        ids: dict[str, int] = {}

        def next_id(name: str) -> int:
            if name not in ids:
                ids[name] = len(self._known) + 1
                self._known.append(fixture_instance(name, ids[name]))
            return ids[name]

        return next_id

    def start_positions(self) -> NDArray[np.float64]:
        assert self._occupancy is not None, "open a room first"
        grid = self._occupancy.free_grid()
        return np.column_stack([grid, np.full(len(grid), CAMERA_HEIGHT_M)])

    def place_target(self, target: PlacedObject) -> None:
        if self._target is not None:
            bpy.data.objects.remove(self._target, do_unlink=True)
            self._known.pop()
        self._target = build_object(target, self._pack, self._register(target))

    def go_to(self, pose: CameraPose) -> None:
        self._pose = pose

    def act(self, action: Action) -> None:
        assert self._pose is not None and self._occupancy is not None, "open a room and go to a pose first"
        goal = moved(self._pose, motion_of(action))
        if not MIN_HORIZON_DEG - 1e-6 <= goal.horizon <= MAX_HORIZON_DEG + 1e-6:
            words = f"horizon {goal.horizon:.0f}° is outside {MIN_HORIZON_DEG:.0f}…{MAX_HORIZON_DEG:.0f}°"
            raise Collision(words, "beyond the pitch limits")
        start, end = np.array(self._pose.position[:2]), np.array(goal.position[:2])
        if not self._occupancy.path_is_free(start, end):
            raise Collision("something stands in the way")
        self.go_to(goal)

    def sense(self) -> Sensing:
        measured = self._aim()
        depth, ids = self._engine.depth_and_ids()
        return Sensing(measured, self._camera, depth, ids, count_instances(ids, self._known))

    def photograph(self) -> NDArray[np.uint8]:
        self._aim()
        return self._engine.colour()

    def _aim(self) -> CameraPose:
        """Put Blender's camera where the agent is: here, since most moves are only tried."""
        assert self._pose is not None, "go to a pose first"
        return self._engine.aim(self._pose, self._camera)

    def close(self) -> None:
        self._engine.close()
