"""Pinhole cameras: intrinsics, projection and its inverse."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from spacenum.core.arrays import Array
from spacenum.geometry.poses import CameraPose, world_from_camera


class Intrinsics(BaseModel):
    """Pinhole camera without distortion: image size and focal lengths in pixels, principal point (cx, cy)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    @classmethod
    def from_vertical_fov(cls, width: int, height: int, degrees: float) -> Intrinsics:
        """Square pixels, principal point in the middle: f = (height / 2) / tan(fov / 2)."""
        focal = height / 2 / np.tan(np.radians(degrees) / 2)
        return cls(width=width, height=height, fx=focal, fy=focal, cx=width / 2, cy=height / 2)

    @property
    def fields_of_view(self) -> tuple[float, float]:
        """Degrees that the image spans from left to right, and from top to bottom."""
        sides = ((self.cx, self.width, self.fx), (self.cy, self.height, self.fy))
        across, up = (np.degrees(np.arctan2(c, f) + np.arctan2(size - c, f)) for c, size, f in sides)
        return float(across), float(up)


def unproject(depth: Array, camera: Intrinsics) -> Array:
    """Camera-frame points [h, w, 3] in metres of a depth image [h, w] (metres along the view axis)."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width] + 0.5
    return np.stack([(u - camera.cx) / camera.fx * depth, (v - camera.cy) / camera.fy * depth, depth], axis=-1)


def project(points: Array, camera: Intrinsics) -> tuple[Array, Array]:
    """Pixels [..., 2] (u right, v down) and depths [...] of camera-frame points [..., 3];
    NaN pixels behind the camera."""
    z = points[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        u = np.where(z > 0, points[..., 0] / z * camera.fx + camera.cx, np.nan)
        v = np.where(z > 0, points[..., 1] / z * camera.fy + camera.cy, np.nan)
    return np.stack([u, v], axis=-1), z


def to_camera(points: Array, pose: CameraPose) -> Array:
    """World points [..., 3] in the frame of the camera at ``pose``."""
    matrix = world_from_camera(pose)
    return (points - matrix[:3, 3]) @ matrix[:3, :3]


def to_world(points: Array, pose: CameraPose) -> Array:
    """Camera-frame points [..., 3] of the camera at ``pose`` in the world."""
    matrix = world_from_camera(pose)
    return points @ matrix[:3, :3].T + matrix[:3, 3]
