"""Putting things into a room: against walls, on the floor, on surfaces, on walls – never into one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.manifest import Asset, Pack
from spacenum.scenes.categories import ROOM_CATEGORIES
from spacenum.scenes.spec import Opening, PlacedObject, Room, Wall

Box = NDArray[np.float64]
WALLS: tuple[Wall, ...] = ("north", "east", "south", "west")
WALL_YAW: dict[Wall, float] = {"north": 0.0, "east": -90.0, "south": 180.0, "west": 90.0}
"""The yaw that turns an object's back (+Y) to a wall."""

GAP_M = 0.01
DOOR_CLEARANCE_M = 0.9
TRIES = 60


class NoRoomLeft(Exception):
    """A thing that a room must have found no place; the room is drawn anew."""


def boxes_overlap(a: Box, b: Box, margin: float = 0.0) -> bool:
    """Whether two axis-aligned boxes [2, 3] share volume once one is grown by ``margin`` metres to all sides.

    Not upwards or downwards: a thing may stand on another.
    """
    grown = np.array([margin, margin, 0.0]) - 1e-6
    return bool(np.all(a[0] < b[1] + grown) and np.all(b[0] < a[1] + grown))


def wall_length(room: Room, wall: Wall) -> float:
    """Metres along a wall."""
    return room.width if wall in ("north", "south") else room.depth


def at_wall(room: Room, wall: Wall, along: float, depth: float, z: float = 0.0) -> tuple[float, float, float]:
    """World position of a thing ``depth`` metres deep with its back at ``wall``, ``along`` metres right of its middle.

    Right as seen by somebody inside who faces the wall.
    """
    x, y = room.width / 2 - depth / 2, room.depth / 2 - depth / 2
    return {"north": (along, y, z), "east": (x, -along, z), "south": (-along, -y, z), "west": (-x, along, z)}[wall]


class Arrangement:
    """A room being furnished. All draws come from ``rng``; ``objects`` grows."""

    def __init__(self, room: Room, pack: Pack, rng: np.random.Generator) -> None:
        self.room, self.pack, self.rng = room, pack, rng
        self.objects: list[PlacedObject] = []
        self._kept_free = [self._clearance(opening) for opening in room.openings]
        self._tally: dict[str, int] = {}

    def _clearance(self, opening: Opening) -> Box:
        """Space before a door for its swing, and before a window from its sill up."""
        deep = DOOR_CLEARANCE_M if opening.kind == "door" else 0.35
        x, y, _ = at_wall(self.room, opening.wall, opening.along, deep)
        across = opening.width + (0.1 if opening.kind == "door" else 0.3)
        half = np.array([across, deep]) / 2 if opening.wall in ("north", "south") else np.array([deep, across]) / 2
        low, high = np.array([x, y]) - half, np.array([x, y]) + half
        return np.array([[*low, opening.sill], [*high, opening.sill + opening.height + 0.1]])

    def choose(self, category: str) -> Asset:
        """An asset of a category; SpaceNumError if the pack has none."""
        assert category in ROOM_CATEGORIES, f"add '{category}' to scenes.categories, or its edits won't rerun frames"
        assets = self.pack.of_category(category)
        if not assets:
            raise SpaceNumError(
                f"asset pack '{self.pack.pack}' has no asset of the category '{category}', which a "
                f"{self.room.kind.replace('_', ' ')} needs; add one to its manifest or choose another pack"
            )
        return assets[int(self.rng.integers(len(assets)))]

    def draw_size(self, asset: Asset, limit: float = np.inf) -> tuple[float, float, float]:
        """A size between the asset's smallest and largest, in whole millimetres; width at most ``limit``."""
        low, high = np.array(asset.size)
        if np.all((high - low)[:2] > 0.6):  # made for layouts, which need very different sizes; rooms have usual ones
            high = low + 0.35 * (high - low)
        high = np.minimum(high, np.maximum(low, [limit, np.inf, np.inf]))
        w, d, h = (float(v) for v in self.rng.uniform(low, high).round(3))
        return (w, w if asset.round else d, h)

    def fits(self, box: Box, margin: float = GAP_M) -> bool:
        """Whether a box lies inside the room and touches nothing that stands there or must stay free."""
        walls = np.array([self.room.width / 2, self.room.depth / 2])
        inside = np.all(np.abs(box[:, :2]) <= walls + 1e-6) and box[1, 2] <= self.room.height + 1e-6
        others = [other.box for other in self.objects] + self._kept_free
        return bool(inside) and not any(boxes_overlap(box, other, margin) for other in others)

    def put(
        self,
        asset: Asset,
        size: tuple[float, float, float],
        position: Sequence[float],
        yaw: float,
        margin: float = GAP_M,
        seed: int | None = None,
    ) -> PlacedObject | None:
        """Place a thing if it fits there, and return it; things of one ``seed`` match in colour and style."""
        number = self._tally.get(asset.id, 0) + 1
        placed = PlacedObject(
            name=f"{asset.id}_{number}",
            asset=asset.id,
            category=asset.category,
            size=size,
            position=tuple(round(float(v), 4) for v in position),  # type: ignore[arg-type]
            yaw=round(yaw % 360, 2),
            seed=int(self.rng.integers(2**31)) if seed is None else seed,
        )
        if not self.fits(placed.box, margin):
            return None
        self._tally[asset.id] = number
        self.objects.append(placed)
        return placed

    def _try(self, attempt: Callable[[], PlacedObject | None], must: str | None) -> PlacedObject | None:
        for _ in range(TRIES):
            placed = attempt()
            if placed is not None:
                return placed
        if must:
            raise NoRoomLeft(must)
        return None

    def against_wall(self, category: str, walls: Sequence[Wall] = WALLS, must: bool = False) -> PlacedObject | None:
        """Stand a thing with its back to one of ``walls``, anywhere along it."""
        asset = self.choose(category)

        def attempt() -> PlacedObject | None:
            wall = walls[int(self.rng.integers(len(walls)))]
            size = self.draw_size(asset)
            reach = (wall_length(self.room, wall) - size[0]) / 2
            along = self.rng.uniform(-reach, reach)
            return self.put(asset, size, at_wall(self.room, wall, along, size[1] + 2 * GAP_M), WALL_YAW[wall], 0.05)

        return self._try(attempt, category if must else None)

    def freely(self, category: str, margin: float = 0.1) -> PlacedObject | None:
        """Stand a thing anywhere near the walls, turned as it comes."""
        asset = self.choose(category)

        def attempt() -> PlacedObject | None:
            size = self.draw_size(asset)
            reach = np.array([self.room.width, self.room.depth]) / 2 - max(size[:2]) * 0.75
            spot = self.rng.uniform(-1, 1, 2)
            spot[int(self.rng.integers(2))] = self.rng.choice([-1, 1]) * self.rng.uniform(0.85, 1.0)
            return self.put(asset, size, (*(spot * reach), 0.0), self.rng.uniform(0, 360), margin)

        return self._try(attempt, None)

    def beside(self, anchor: PlacedObject, category: str, side: int, gap: float = 0.03) -> PlacedObject | None:
        """Stand a thing at the left (-1) or right (+1) of another, backs in line, facing the same way."""
        asset = self.choose(category)
        size = self.draw_size(asset)
        local = np.array([side * (anchor.size[0] / 2 + gap + size[0] / 2), (anchor.size[1] - size[1]) / 2])
        return self.put(asset, size, (*self.outward(anchor, local), anchor.position[2]), anchor.yaw, 0.005)

    def before(
        self, anchor: PlacedObject, category: str, gap: float, facing: bool, shift: float = 0.0
    ) -> PlacedObject | None:
        """Stand a thing ``gap`` metres in front of another; ``facing`` turns its front to it."""
        asset = self.choose(category)
        size = self.draw_size(asset)
        local = np.array([shift, -(anchor.size[1] / 2 + gap + size[1] / 2)])
        yaw = anchor.yaw + (180 if facing else 0)
        return self.put(asset, size, (*self.outward(anchor, local), 0.0), yaw, 0.005)

    @staticmethod
    def outward(anchor: PlacedObject, local: NDArray[np.float64]) -> NDArray[np.float64]:
        """A point (x, y) of an object's own frame in the world."""
        c, s = np.cos(np.radians(anchor.yaw)), np.sin(np.radians(anchor.yaw))
        return np.array(anchor.position[:2]) + np.array([[c, -s], [s, c]]) @ local

    def on_top(self, support: PlacedObject, category: str, upright: bool = True) -> PlacedObject | None:
        """Set a thing on another's flat top, its front to the same side (give or take 25
        degrees unless ``upright``)."""
        asset = self.choose(category)

        def attempt() -> PlacedObject | None:
            size = self.draw_size(asset)
            reach = np.array(support.size[:2]) / 2 - np.array(size[:2]) / 2 - 0.02
            if np.any(reach < 0):
                return None
            local = self.rng.uniform(-reach, reach)
            yaw = support.yaw + (0 if upright else self.rng.uniform(-25, 25))
            top = support.position[2] + support.size[2]
            return self.put(asset, size, (*self.outward(support, local), top), yaw, 0.015)

        return self._try(attempt, None)

    def on_wall(self, category: str, z: tuple[float, float], walls: Sequence[Wall] = WALLS) -> PlacedObject | None:
        """Hang a thing on a wall with its base at a height between ``z`` metres."""
        asset = self.choose(category)

        def attempt() -> PlacedObject | None:
            wall = walls[int(self.rng.integers(len(walls)))]
            size = self.draw_size(asset)
            reach = (wall_length(self.room, wall) - size[0]) / 2 - 0.05
            spot = at_wall(self.room, wall, self.rng.uniform(-reach, reach), size[1], self.rng.uniform(*z))
            return self.put(asset, size, spot, WALL_YAW[wall], 0.08)

        return self._try(attempt, None)

    def hang_from_ceiling(self, category: str) -> PlacedObject | None:
        """Hang a lamp near the middle of the ceiling."""
        asset = self.choose(category)
        size = self.draw_size(asset)
        spot = self.rng.uniform(-0.4, 0.4, 2)
        return self.put(asset, size, (*spot, self.room.height - size[2]), 0.0)
