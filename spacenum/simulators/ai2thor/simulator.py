"""The ``ai2thor`` simulator: iTHOR's rooms and agent behind our protocol."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import MAX_HORIZON_DEG, MIN_HORIZON_DEG, Action, CameraPose, motion_of, moved
from spacenum.scenes.spec import AnyScene, IthorScene, PlacedObject
from spacenum.simulators.ai2thor.furniture import pieces_of
from spacenum.simulators.ai2thor.observation import (
    Observation,
    depth_factor,
    depth_of,
    id_image,
    instances_of,
    pose_of,
    to_ours,
    to_unity,
)
from spacenum.simulators.ai2thor.player import Player, PlayerLost, UnknownScene, lost_sentence
from spacenum.simulators.base import DOUBLE, Collision, Instance, Sensing, count_instances
from spacenum.simulators.settings import CameraConfig

COMMANDS = {
    ("move_forward_backward", "forward"): "MoveAhead",
    ("move_forward_backward", "backward"): "MoveBack",
    ("move_left_right", "left"): "MoveLeft",
    ("move_left_right", "right"): "MoveRight",
    ("rotate_left_right", "left"): "RotateLeft",
    ("rotate_left_right", "right"): "RotateRight",
    ("rotate_up_down", "up"): "LookUp",
    ("rotate_up_down", "down"): "LookDown",
}
KEPT_VIEWS = 64
MOST_REFUSED_STARTS = 20
Command = dict[str, Any]


def command(action: Action) -> Command:
    """AI2-THOR's action for one of ours, with its exact magnitude."""
    name = COMMANDS[action.group, action.direction]
    argument = "moveMagnitude" if action.unit == "m" else "degrees"
    return {"action": name, argument: float(action.magnitude)}


class Ai2ThorSimulator:
    """Implements ``simulators.base.Simulator``.

    Every view is reached by teleporting to its start and doing the action, so a player that is lost can be replaced:
    the new one opens the scene and repeats the commands. Views are kept, since what is checked first is written later.
    """

    def __init__(self, player: Player, camera: CameraConfig) -> None:
        self._player = player
        self._camera = Intrinsics.from_vertical_fov(camera.width, camera.height, camera.vertical_fov)
        self._scene: IthorScene | None = None
        self._held: IthorScene | None = None
        self._pose: CameraPose | None = None
        self._views: OrderedDict[tuple[CameraPose, Action | None], Observation] = OrderedDict()
        self._reached: dict[CameraPose, tuple[CameraPose, Action]] = {}
        first = self._persist(lambda: self._perform([{"action": "Pass"}]), "at the start")
        self.version = player.version
        near, far = first.planes
        self.notes = {"near_m": near, "far_m": far, "depth_factor": depth_factor(first.planes)}
        self.name = "ai2thor" if player.executable.official and not first.double else f"ai2thor{DOUBLE}"

    def close(self) -> None:
        """End the player."""
        self._player.close()

    def open(self, scene: AnyScene) -> None:
        """Load a floor plan; SpaceNumError if the player has none of that name."""
        if not isinstance(scene, IthorScene):
            raise TypeError(f"{scene.id} is no room of AI2-THOR's")
        self._scene, self._held, self._pose = scene, None, None
        self._views.clear()
        self._reached.clear()
        seen = self._persist(lambda: self._perform([{"action": "GetReachablePositions"}]), f"in {scene.floor_plan}")
        if not seen.success or not seen.returned:
            raise SpaceNumError(
                f"AI2-THOR gives no reachable positions in {scene.floor_plan}: {seen.message or 'its list is empty'}; "
                "without them no start can be drawn"
            )
        self._known: list[Instance] = instances_of(seen, pieces_of(seen.things))
        self._stood, self._refused = False, 0
        self._eye_above = seen.camera[1] - seen.agent[1]
        self._grid = np.array([to_ours((p["x"], p["y"], p["z"])) for p in seen.returned or []]).reshape(-1, 3)

    def start_positions(self) -> NDArray[np.float64]:
        return self._grid + [0, 0, self._eye_above]

    def place_target(self, target: PlacedObject) -> None:
        raise TypeError("AI2-THOR shows no layouts")

    def go_to(self, pose: CameraPose) -> None:
        self._pose = pose

    def act(self, action: Action) -> None:
        assert self._pose is not None, "open a room and go to a pose first"
        start, goal = self._pose, moved(self._pose, motion_of(action))
        if not MIN_HORIZON_DEG - 1e-6 <= goal.horizon <= MAX_HORIZON_DEG + 1e-6:
            words = f"horizon {goal.horizon:.0f}° is outside {MIN_HORIZON_DEG:.0f}…{MAX_HORIZON_DEG:.0f}°"
            raise Collision(words, "beyond the pitch limits")
        if not self._is_free(goal):
            raise Collision("the end is not free in the occupancy map", "end not free")
        self._view(start, action)
        self._reached[goal] = (start, action)
        self._pose = goal

    def sense(self) -> Sensing:
        view = self._current()
        ids = id_image(view, self._known)
        return Sensing(pose_of(view), self._camera, depth_of(view), ids, count_instances(ids, self._known))

    def photograph(self) -> NDArray[np.uint8]:
        return self._current().frame

    def _is_free(self, pose: CameraPose) -> bool:
        """Whether the agent can stand here as far as the grid of reachable positions tells: one within its diagonal."""
        distances = np.linalg.norm(self._grid[:, :2] - pose.position[:2], axis=1)
        return bool(distances.min(initial=np.inf) <= self._player.grid_m * np.sqrt(0.5) + 1e-6)

    def _current(self) -> Observation:
        assert self._pose is not None, "go to a pose first"
        return self._view(*self._reached.get(self._pose, (self._pose, None)))

    def _view(self, start: CameraPose, action: Action | None) -> Observation:
        """What is seen at ``start``, or after ``action`` from there; Collision if the agent can't get there."""
        key = (start, action)
        if key not in self._views:
            self._views[key] = self._seen_after(start, action)
            if len(self._views) > KEPT_VIEWS:
                self._views.popitem(last=False)
        self._views.move_to_end(key)
        return self._views[key]

    def _seen_after(self, start: CameraPose, action: Action | None) -> Observation:
        assert self._scene is not None, "open a room first"
        commands = [self._teleport(start)] + ([command(action)] if action else [])
        seen = self._persist(lambda: self._perform(commands), f"in {self._scene.floor_plan}")
        at_start = self._tried == 1 and not seen.success
        self._stood = self._stood or not at_start
        if at_start:
            self._refuse_start(seen.message)
        if not seen.success:
            raise Collision(seen.message or "the action failed")
        return seen

    def _refuse_start(self, message: str) -> None:
        """Collision; SpaceNumError if no start at all has been possible in this room: then it is no matter of space."""
        self._refused += 1
        if not self._stood and self._refused >= MOST_REFUSED_STARTS:
            assert self._scene is not None
            raise SpaceNumError(
                f"AI2-THOR refused all of the first {self._refused} starts in {self._scene.floor_plan}, the last with: "
                f"{message or 'no words'}; its build may be another than this version of SpaceNum was written for"
            )
        raise Collision(message, "can't stand at the start")

    def _teleport(self, pose: CameraPose) -> Command:
        x, y, z = to_unity((pose.position[0], pose.position[1], pose.position[2] - self._eye_above))
        return {
            "action": "Teleport", "position": {"x": x, "y": y, "z": z},
            "rotation": {"x": 0, "y": -pose.yaw % 360, "z": 0}, "horizon": pose.horizon, "standing": True,
        }  # fmt: skip

    def _perform(self, commands: Sequence[Command]) -> Observation:
        """Do the commands up to the first that fails, in a player that runs and holds the scene; the last event."""
        if not self._player.running:
            self._player.start()
            self._held = None
        if self._scene is not None and self._held is not self._scene:
            self._player.ask(self._scene.floor_plan)
            self._held = self._scene
        for self._tried, one in enumerate(commands, start=1):
            seen = self._player.ask(one)
            if not seen.success:
                break
        return seen

    def _persist(self, attempt: Callable[[], Observation], where: str) -> Observation:
        """Try until the player lives through it, with a new one each time; SpaceNumError when patience ends."""
        for left in range(self._player.patience.restarts, -1, -1):
            try:
                return attempt()
            except UnknownScene as error:
                raise SpaceNumError(f"{error}; config keys 'scenes.transition' ask for scenes of iTHOR") from None
            except PlayerLost as reason:
                if not left:
                    sentence = lost_sentence(reason, self._player, where)
                    self._player.close()
                    raise sentence from None
                self._player.stop()
                print(f"ai2thor: the player was lost {where} ({reason}); starting another", file=sys.stderr, flush=True)
        raise AssertionError("unreachable")
