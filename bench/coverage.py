"""How often 95% intervals hold the truth, and how often two equal models are said to differ, by simulation.

Run as ``python -m bench.coverage``. Prints a line of CSV for each size of study (default, paper), level, effects of
rooms and of families (standard deviations in logits) and mean: the percentage of intervals that hold the true value
(``coverage``), or of tests with p < 0.05 between two models of one true value (``false_alarms``). The status is 1
unless all of the former lie within 92 to 98 and none of the latter is above 7.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from scipy.special import expit

from spacenum.core.arrays import Array
from spacenum.items.schema import CELLS, Cell
from spacenum.scoring.accuracy import SCOPES
from spacenum.scoring.statistics import Sample, clustered_difference, clustered_share

LEVELS = (0.3, 0.8)
EFFECTS = (0.0, 0.5, 1.0)
ROOM_POINTS = 0.15
"""How far a model is off its mean in each room, up or down, where two models are compared."""
FAMILIES = {
    "default": {"transition": [1] * 8, "desk": [1] * 9, "room": [1] * 9},
    "paper": {"transition": [2] * 9 + [1] * 7, "desk": [1] * 25, "room": [1] * 100},
}
"""For each size, the families that each scene gives a cell of four options: of ``config/config.yaml``, and of
``config/paper.yaml`` with rooms spread as ``items.selection`` does; 1D has two families of two options for one."""
SCOPES_SHOWN = ("cell", "transition", "layout", "all")


@dataclass(frozen=True)
class Design:
    """A study's items without answers. room, family: of each item, as numbers from 0."""

    sample: Sample
    room: Array
    family: Array

    def of(self, scope: str) -> Design:
        """The items of a mean: of the first cell, or of all cells of a scope."""
        cells = CELLS[:1] if scope == "cell" else SCOPES[scope]
        chosen = np.isin(np.array(self.sample.cells), cells)
        names = ("values", "cells", "clusters", "strata", "families")
        kept: dict[str, Any] = {name: np.array(getattr(self.sample, name))[chosen] for name in names}
        return Design(replace(self.sample, **kept), self.room[chosen], self.family[chosen])


def design(size: str) -> Design:
    """All items of a study of that size."""
    rows = [(name, *row) for name in CELLS for row in _items(Cell.of(name), size)]
    cells, clusters, strata, families = zip(*rows, strict=True)
    numbers = [np.unique(names, return_inverse=True)[1] for names in (clusters, families)]
    sample = Sample(
        values=np.zeros(len(rows)), cells=cells, clusters=clusters, strata=strata, families=families, weights=None
    )
    return Design(sample, *numbers)


def _items(cell: Cell, size: str) -> Iterator[tuple[str, str, str]]:
    """Scene, stratum and family of each item."""
    stratum = cell.scale or cell.setting
    count, options = (2, 2) if cell.group == "1d" else (1, 4)
    for scene, families in enumerate(FAMILIES[size][stratum]):
        for number in range(families * count):
            for _ in range(options):
                yield f"{stratum}/{scene}", stratum, f"{cell.name}/{scene}/{number}"


def shifted(level: float, spread: float) -> float:
    """The logit about which a normal spread of logits gives that mean probability."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    grid = np.linspace(-8, 8, 4001)
    means = expit(grid[:, None] + spread * nodes) @ weights
    return float(np.interp(level, means, grid))


def coverage(
    whole: Design, level: float, rooms: float, families: float, count: int, rng: np.random.Generator
) -> dict[str, float]:
    """The share of intervals of each scope that hold ``level``."""
    parts = {scope: whole.of(scope) for scope in SCOPES_SHOWN}
    middle = shifted(level, float(np.hypot(rooms, families)))
    hits = dict.fromkeys(parts, 0)
    for scope, part in parts.items():
        for _ in range(count):
            effect = rng.normal(0, rooms, part.room.max() + 1)[part.room]
            effect = effect + rng.normal(0, families, part.family.max() + 1)[part.family]
            right = rng.random(len(effect)) < expit(middle + effect)
            found = clustered_share(replace(part.sample, values=right), 0.25)
            hits[scope] += found is not None and found.low <= level <= found.high
    return {scope: 100 * n / count for scope, n in hits.items()}


def false_alarms(whole: Design, level: float, count: int, rng: np.random.Generator) -> dict[str, float]:
    """The share of tests of each scope that tell two models apart which are the same on average over rooms."""
    parts = {scope: whole.of(scope) for scope in SCOPES_SHOWN}
    alarms = dict.fromkeys(parts, 0)
    for scope, part in parts.items():
        for _ in range(count):
            signs = rng.choice([-ROOM_POINTS, ROOM_POINTS], (2, part.room.max() + 1))[:, part.room]
            first, second = rng.random(signs.shape) < level + signs
            found = clustered_difference(replace(part.sample, values=first * 1.0 - second))
            alarms[scope] += found is not None and found.p < 0.05
    return {scope: 100 * n / count for scope, n in alarms.items()}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--simulations", type=int, default=2000, help="of each line (%(default)s)")
    count, bad = arguments.parse_args().simulations, 0
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["measure", "size", "level", "rooms", "families", *SCOPES_SHOWN])
    for size in FAMILIES:
        whole = design(size)
        for number, (level, rooms, families) in enumerate(product(LEVELS, EFFECTS, EFFECTS)):
            found = coverage(whole, level, rooms, families, count, np.random.default_rng([0, number]))
            bad += any(not 92 <= value <= 98 for value in found.values())
            out.writerow(["coverage", size, level, rooms, families, *(f"{v:.1f}" for v in found.values())])
            sys.stdout.flush()
        for number, level in enumerate((0.3, 0.5)):
            found = false_alarms(whole, level, count, np.random.default_rng([1, number]))
            bad += any(value > 7 for value in found.values())
            out.writerow(["false_alarms", size, level, f"±{ROOM_POINTS}", "", *(f"{v:.1f}" for v in found.values())])
            sys.stdout.flush()
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
