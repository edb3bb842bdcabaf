"""Which sweeps to take in which room, so that every (group, direction, magnitude) is covered alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count, islice

import numpy as np
from pydantic import BaseModel, ConfigDict

from spacenum.core.provenance import stable_hash
from spacenum.geometry.poses import DIRECTIONS, Action, Direction, Group

OPTIONS = 4
MAGNITUDES: dict[Group, tuple[float, ...]] = {
    "move_forward_backward": tuple(round(0.2 * k, 1) for k in range(1, 13)),
    "move_left_right": tuple(round(0.2 * k, 1) for k in range(1, 7)),
    "rotate_up_down": tuple(10.0 * k for k in range(1, 8)),
    "rotate_left_right": tuple(10.0 * k for k in range(1, 8)),
}
"""The paper's magnitudes: metres for moves, degrees for rotations."""


class Sweep(BaseModel):
    """Four magnitudes of one direction, to be taken from one start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    group: Group
    direction: Direction
    magnitudes: tuple[float, ...]

    def actions(self) -> list[Action]:
        return [Action(self.group, self.direction, magnitude) for magnitude in self.magnitudes]


class Sweeps:
    """The sweeps of every room of a split.

    Each family takes the four magnitudes of its direction that were taken least so far, ties broken by ``seed``: counts
    stay within one of each other. A scene's sweeps don't depend on how many scenes follow,
    so they are drawn as asked for.
    """

    def __init__(self, families_per_scene: int, seed: int) -> None:
        self._per_scene = families_per_scene
        self._drawn = {group: _drawing(group, seed) for group in DIRECTIONS}
        self._known: dict[Group, list[Sweep]] = {group: [] for group in DIRECTIONS}

    def of(self, number: int) -> list[Sweep]:
        """The sweeps of the room with this number (0, 1, …) among its split's."""
        first, last = number * self._per_scene, (number + 1) * self._per_scene
        for group, known in self._known.items():
            known += islice(self._drawn[group], max(0, last - len(known)))
        return [sweep for known in self._known.values() for sweep in known[first:last]]


def _drawing(group: Group, seed: int) -> Iterator[Sweep]:
    rng = np.random.default_rng([seed, stable_hash(group)])
    taken: dict[Direction, Counter[float]] = {direction: Counter() for direction in DIRECTIONS[group]}
    offset = list(DIRECTIONS).index(group)
    for index in count():
        # every fourth room is of one kind: the extra index // 4 keeps directions from going with kinds
        direction = DIRECTIONS[group][(index + index // 4 + offset) % 2]
        shuffled = rng.permutation(np.array(MAGNITUDES[group])).tolist()
        least = sorted(shuffled, key=lambda magnitude: taken[direction][magnitude])[:OPTIONS]
        taken[direction].update(least)
        yield Sweep(group=group, direction=direction, magnitudes=tuple(sorted(least)))
