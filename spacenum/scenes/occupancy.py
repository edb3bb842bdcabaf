"""The occupancy map of a room: where an agent can stand, and which straight moves are free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spacenum.scenes.spec import RoomScene

AGENT_RADIUS_M = 0.2
AGENT_HEIGHT_M = 1.7
STEP_OVER_M = 0.05
GRID_M = 0.1


class Occupancy:
    """Free floor for a capsule of AGENT_RADIUS_M: obstacles' footprints as oriented rectangles, walls as limits."""

    def __init__(self, scene: RoomScene) -> None:
        self._limit = np.array([scene.room.width, scene.room.depth]) / 2 - AGENT_RADIUS_M
        blocking = [
            o for o in scene.objects if o.position[2] < AGENT_HEIGHT_M and o.position[2] + o.size[2] > STEP_OVER_M
        ]
        self._centres = np.array([o.position[:2] for o in blocking]).reshape(-1, 2)
        self._halves = np.array([o.size[:2] for o in blocking]).reshape(-1, 2) / 2
        angles = np.radians([o.yaw for o in blocking])
        self._turns = np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(-1, 2)

    def is_free(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the agent can stand at each of ``points`` [n, 2] (metres)."""
        inside = np.all(np.abs(points) <= self._limit, axis=1)
        if not len(self._centres):
            return inside
        offset = points[:, None] - self._centres
        c, s = self._turns[:, 0], self._turns[:, 1]
        local = np.stack([offset[..., 0] * c + offset[..., 1] * s, -offset[..., 0] * s + offset[..., 1] * c], axis=-1)
        outside = np.maximum(np.abs(local) - self._halves, 0)
        return inside & np.all(np.hypot(outside[..., 0], outside[..., 1]) > AGENT_RADIUS_M, axis=1)

    def path_is_free(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> bool:
        """Whether the capsule can be swept straight from ``start`` to ``end`` [2], tested every centimetre."""
        steps = max(2, int(np.ceil(np.linalg.norm(end - start) / 0.01)) + 1)
        return bool(np.all(self.is_free(np.linspace(start, end, steps))))

    def free_grid(self) -> NDArray[np.float64]:
        """[n, 2] grid points, GRID_M apart, at which the agent can stand."""
        xs, ys = (np.arange(-limit, limit + 1e-9, GRID_M) for limit in self._limit)
        points = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2)
        return points[self.is_free(points)]
