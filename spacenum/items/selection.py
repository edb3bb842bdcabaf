"""Which of the captured transition families make a benchmark cell, so that every magnitude is asked for alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from spacenum.core.arrays import Array
from spacenum.frames.plan import MAGNITUDES
from spacenum.frames.records import TransitionFamily
from spacenum.geometry.poses import DIRECTIONS, Group


def select_even(families: Sequence[TransitionFamily], group: Group, count: int) -> list[TransitionFamily]:
    """``count`` families of a group, in their order: both directions alike, then each direction's magnitudes covered as
    evenly as they can be, then the earliest such choice; all families if there are no more than ``count``.

    Two integer programs over one variable a family: first the smallest spread between the most and the least covered
    magnitude of a direction, then, at that spread, the smallest sum of places in the order.
    """
    if len(families) <= count:
        return list(families)
    program = _Program(families, group, count)
    spread = round(program.solve(np.zeros(len(families)), spread_price=1.0)[1])
    chosen, _ = program.solve(np.arange(len(families), dtype=float), most_spread=spread)
    return [family for family, taken in zip(families, chosen, strict=True) if taken]


class _Program:
    """Variables: a 0 or 1 for each family, then for each direction the least and the most that a magnitude is covered,
    then the larger of the two directions' spreads."""

    def __init__(self, families: Sequence[TransitionFamily], group: Group, count: int) -> None:
        self._families, self._count = len(families), count
        self._constraints = [LinearConstraint(self._row(np.ones(len(families), bool)), count, count)]
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
            self._constraints.append(LinearConstraint(high - low - self._unit(4), ub=0))

    def _row(self, of_families: NDArray[np.bool_]) -> Array:
        return np.array([*of_families.astype(float), 0, 0, 0, 0, 0])

    def _unit(self, place: int) -> Array:
        return np.eye(self._families + 5)[self._families + place]

    def solve(
        self, prices: Array, spread_price: float = 0.0, most_spread: float = np.inf
    ) -> tuple[NDArray[np.bool_], float]:
        """The cheapest choice of families, and its spread."""
        found = milp(
            np.array([*prices, 0, 0, 0, 0, spread_price]),
            integrality=np.ones(self._families + 5),
            bounds=Bounds(0, np.array([*np.ones(self._families), *[self._count] * 4, min(most_spread, self._count)])),
            constraints=self._constraints,
            options={"mip_rel_gap": 0},
        )
        assert found.x is not None, f"always solvable, but: {found.message}"
        return found.x[: self._families] > 0.5, float(found.x[-1])
