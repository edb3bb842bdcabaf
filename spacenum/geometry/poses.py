"""Camera poses and the agent's eight actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

Group = Literal["move_forward_backward", "move_left_right", "rotate_up_down", "rotate_left_right"]
Direction = Literal["forward", "backward", "left", "right", "up", "down"]

DIRECTIONS: dict[Group, tuple[Direction, Direction]] = {
    "move_forward_backward": ("forward", "backward"),
    "move_left_right": ("left", "right"),
    "rotate_up_down": ("up", "down"),
    "rotate_left_right": ("left", "right"),
}
MIN_HORIZON_DEG, MAX_HORIZON_DEG = -30.0, 60.0  # iTHOR's limits of camera pitch, down positive


class CameraPose(BaseModel):
    """Where a camera is and looks; no roll.

    position: eye (x, y, z) in metres. yaw: degrees counter-clockwise seen from above, 0 looks along +X.
    horizon: degrees that the view points below the horizontal (iTHOR's sign: down is positive).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    position: tuple[float, float, float]
    yaw: float
    horizon: float


@dataclass(frozen=True)
class Action:
    """One action of the embodied agent: magnitude in metres (move) or degrees (rotate), above 0."""

    group: Group
    direction: Direction
    magnitude: float

    @property
    def unit(self) -> Literal["m", "deg"]:
        return "m" if self.group.startswith("move") else "deg"


@dataclass(frozen=True)
class Motion:
    """A pose change in the start's own heading frame: metres forward, left and up, degrees of left yaw and up pitch."""

    forward: float
    left: float
    up: float
    yaw: float
    pitch: float


def motion_of(action: Action) -> Motion:
    """The pose change that an action commands. Moves follow the heading along the ground, whatever the pitch."""
    n = action.magnitude
    match action.group, action.direction:
        case "move_forward_backward", direction:
            return Motion(n if direction == "forward" else -n, 0, 0, 0, 0)
        case "move_left_right", direction:
            return Motion(0, n if direction == "left" else -n, 0, 0, 0)
        case "rotate_left_right", direction:
            return Motion(0, 0, 0, n if direction == "left" else -n, 0)
        case "rotate_up_down", direction:
            return Motion(0, 0, 0, 0, n if direction == "up" else -n)
    raise ValueError(f"{action.direction} is no direction of {action.group}")


def moved(start: CameraPose, motion: Motion) -> CameraPose:
    """The pose after ``motion``; horizon is not clipped (see MIN_HORIZON_DEG)."""
    yaw = np.radians(start.yaw)
    ahead, left = np.array([np.cos(yaw), np.sin(yaw)]), np.array([-np.sin(yaw), np.cos(yaw)])
    xy = np.array(start.position[:2]) + motion.forward * ahead + motion.left * left
    return CameraPose(
        position=(float(xy[0]), float(xy[1]), start.position[2] + motion.up),
        yaw=(start.yaw + motion.yaw) % 360,
        horizon=start.horizon - motion.pitch,
    )


def motion_between(start: CameraPose, end: CameraPose) -> Motion:
    """The pose change from ``start`` to ``end``; yaw in (-180, 180]."""
    yaw = np.radians(start.yaw)
    dx, dy, dz = np.subtract(end.position, start.position)
    return Motion(
        forward=float(dx * np.cos(yaw) + dy * np.sin(yaw)),
        left=float(-dx * np.sin(yaw) + dy * np.cos(yaw)),
        up=float(dz),
        yaw=180 - (180 - (end.yaw - start.yaw)) % 360,
        pitch=start.horizon - end.horizon,
    )


def pose_error(commanded: Motion, measured: Motion) -> tuple[float, float]:
    """Largest deviation over all axes: (metres, degrees). Drift off the commanded axis counts."""
    metres = max(abs(getattr(commanded, k) - getattr(measured, k)) for k in ("forward", "left", "up"))
    degrees = max(abs((getattr(commanded, k) - getattr(measured, k) + 180) % 360 - 180) for k in ("yaw", "pitch"))
    return metres, degrees


def world_from_camera(pose: CameraPose) -> Matrix:
    """[4, 4] matrix that takes OpenCV camera coordinates (x right, y down, z forward) to the world."""
    from scipy.spatial.transform import Rotation  # when asked for: every plan of a study imports this module

    level = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], float)  # columns: right, down, forward at yaw 0, horizon 0
    turn = Rotation.from_euler("ZY", [pose.yaw, pose.horizon], degrees=True).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ level
    matrix[:3, 3] = pose.position
    return matrix


def pose_from_matrix(matrix: Matrix) -> CameraPose:
    """The pose of a [4, 4] world-from-camera matrix (OpenCV axes); the inverse of ``world_from_camera``.

    Raises ValueError if the camera is rolled by more than 0.01 degrees, which no agent here can do.
    """
    right, forward = matrix[:3, 0], matrix[:3, 2]
    if abs(right[2]) > np.sin(np.radians(0.01)):
        raise ValueError("the camera is rolled")
    return CameraPose(
        position=tuple(float(v) for v in matrix[:3, 3]),  # type: ignore[arg-type]
        yaw=float(np.degrees(np.arctan2(right[0], -right[1])) % 360),
        horizon=float(np.degrees(np.arcsin(np.clip(-forward[2], -1, 1)))),
    )
