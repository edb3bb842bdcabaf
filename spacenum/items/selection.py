"""Which of the captured transition families make a benchmark cell: magnitudes are asked for alike, and as many rooms
take part as can."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from spacenum.core.arrays import Array
from spacenum.frames.plan import MAGNITUDES
from spacenum.frames.records import TransitionFamily
from spacenum.geometry.poses import DIRECTIONS, Group


def select_even(families: Sequence[TransitionFamily], group: Group, count: int) -> list[TransitionFamily]:
    """``count`` families of a group, in their order; all families if there are no more than ``count``.

    Both directions alike; then each direction's magnitudes covered as evenly as they can be; then as many rooms as that
    allows, and of each as equal a number as that allows; then the earliest such choice. Three integer programs with one
    0-or-1 variable a family, each of which keeps what the former found.
    """
    if len(families) <= count:
        return list(families)
    program = _Program(families, group, count)
    program.fix(program.spread)
    program.fix(program.crowding)
    chosen = program.minimise(program.places)[: len(families)]
    return [family for family, taken in zip(families, chosen, strict=True) if taken > 0.5]


def most_rooms(families: Sequence[TransitionFamily], group: Group, count: int) -> int:
    """How many rooms ``count`` families can come from, if directions and magnitudes are as even as they can be."""
    if len(families) <= count:
        return len({family.scene for family in families})
    program = _Program(families, group, count)
    program.fix(program.spread)
    return round(-float(program.minimise(program.rooms) @ program.rooms))


class _Program:
    """Variables: a 0 or 1 for each family; for each direction the least and the most that a magnitude is covered; the
    larger of the two directions' spreads; for each room a 0 to 1 for its first family, its second, and so on.

    spread, rooms, crowding, places: prices of the variables. rooms: -1 for each room that takes part. crowding: k - 1
    for the k-th family of a room, and for every one beyond the first also more than all that together, so that the
    number of rooms comes first.
    """

    def __init__(self, families: Sequence[TransitionFamily], group: Group, count: int) -> None:
        rooms: dict[str, list[int]] = defaultdict(list)
        for k, family in enumerate(families):
            rooms[family.scene].append(k)
        self._of_families, self._fixed = len(families), 5 + len(families)
        self._size = self._fixed + len(families)
        self.spread = self._unit(4)
        self.places = np.zeros(self._size)
        self.places[: len(families)] = np.arange(len(families))
        self.crowding = np.zeros(self._size)
        self._constraints = [self._equal(self._row(np.ones(len(families), bool)), count)]
        self._even(families, group, count)
        place, dearest = self._fixed, len(families) ** 2
        self.rooms = np.zeros(self._size)
        for room in rooms.values():
            levels = np.arange(place, place + len(room))
            row = np.zeros(self._size)
            row[room], row[levels] = 1, -1
            self._constraints.append(self._equal(row, 0))
            self.rooms[levels[0]] = -1
            self.crowding[levels[1:]] = dearest + np.arange(1, len(room))
            place += len(room)
        ones, counts = np.ones(len(families)), np.full(5, float(count))
        self._bounds = Bounds(0, np.concatenate([ones, counts, ones]))

    def _even(self, families: Sequence[TransitionFamily], group: Group, count: int) -> None:
        directions = [np.array([f.direction == d for f in families]) for d in DIRECTIONS[group]]
        others = int(directions[1].sum())
        fewest = max(min(count // 2, int(directions[0].sum())), count - others)
        most = min(max(-(-count // 2), count - others), int(directions[0].sum()))
        self._constraints.append(LinearConstraint(self._row(directions[0]), fewest, most))
        for place, is_direction in enumerate(directions):
            low, high = self._unit(2 * place), self._unit(2 * place + 1)
            for magnitude in MAGNITUDES[group]:
                covers = np.array([any(end.magnitude == magnitude for end in f.ends) for f in families])
                row = self._row(is_direction & covers)
                self._constraints += [LinearConstraint(row - low, lb=0), LinearConstraint(row - high, ub=0)]
            self._constraints.append(LinearConstraint(high - low - self.spread, ub=0))

    def _row(self, of_families: NDArray[np.bool_]) -> Array:
        row = np.zeros(self._size)
        row[: self._of_families] = of_families
        return row

    def _unit(self, place: int) -> Array:
        row = np.zeros(self._size)
        row[self._of_families + place] = 1
        return row

    def _equal(self, row: Array, value: float) -> LinearConstraint:
        return LinearConstraint(row, value, value)

    def fix(self, prices: Array) -> None:
        """Keep what ``prices`` weigh at the least that it can be."""
        least = round(float(self.minimise(prices) @ prices))
        self._constraints.append(LinearConstraint(prices, ub=least + 0.5))

    def minimise(self, prices: Array) -> Array:
        """The variables of the cheapest choice."""
        whole = np.arange(self._size) < self._fixed
        found = milp(
            prices,
            integrality=whole.astype(int),
            bounds=self._bounds,
            constraints=self._constraints,
            options={"mip_rel_gap": 0},
        )
        assert found.x is not None, f"always solvable, but: {found.message}"
        return np.asarray(found.x)
