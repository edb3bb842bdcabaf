"""Two models, or one model under two conditions, on the same items; and one model against chance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from spacenum.core.errors import SpaceNumError
from spacenum.scoring.accuracy import by_cell, chance, sample, scenes_of, shares_of
from spacenum.scoring.rows import ScoreRow
from spacenum.scoring.statistics import (
    ClusteredEstimate,
    binomial_exact,
    clustered_difference,
    clustered_share,
    mcnemar_exact,
)
from spacenum.scoring.weighting import Weighting


@dataclass(frozen=True)
class Comparison:
    """mean: first minus second, over the cells that the rows cover, weighted as was asked. scenes: how many there are
    of each setting and scale. difference: the mean with its interval and test; None if some setting and scale has a
    single scene, from which neither can be learnt.

    exact_p: what is customary, and treats items as independent and equally weighted. McNemar's test for pairs, the
    binomial against chance; None where it does not apply (expected scores, several replies to an item,
    or items with unequal chance).
    """

    n: int
    mean: float
    scenes: Counter[str]
    difference: ClusteredEstimate | None
    exact_test: Literal["mcnemar", "binomial"]
    exact_p: float | None


def compare(first: Sequence[ScoreRow], second: Sequence[ScoreRow], weighting: Weighting = "cells") -> Comparison:
    """Paired comparison of means; SpaceNumError unless both have rows of exactly the same items."""
    other = {row.item: row for row in second}
    lone = {row.item for row in first} ^ set(other)
    if lone or len(first) != len(second):
        item = min(lone, default="(one is repeated)")
        raise SpaceNumError(f"only one side of a paired comparison has item {item}; score both on the same items")
    pairs = [(row, other[row.item]) for row in first]
    replies = not any(row.outcome in ("expected", "several") for pair in pairs for row in pair)
    differences = [a.score - b.score for a, b in pairs]
    shares = shares_of(Counter(row.cell for row in first), weighting)
    return Comparison(
        n=len(pairs),
        mean=_mean(first, differences, shares),
        scenes=scenes_of(first),
        difference=clustered_difference(sample(first, differences, shares)),
        exact_test="mcnemar",
        exact_p=mcnemar_exact([a.score for a, _ in pairs], [b.score for _, b in pairs]) if replies else None,
    )


def against_chance(rows: Sequence[ScoreRow]) -> Comparison:
    """A model's scores against 1/k for each item."""
    chances = {row.chance for row in rows}
    binomial = len(chances) == 1 and all(row.outcome not in ("expected", "several") for row in rows)
    right = sum(row.outcome == "right" for row in rows)
    return Comparison(
        n=len(rows),
        mean=_mean(
            rows, [row.score - row.chance for row in rows], shares_of(Counter(row.cell for row in rows), "cells")
        ),
        scenes=scenes_of(rows),
        difference=_above_chance(rows),
        exact_test="binomial",
        exact_p=binomial_exact(right, len(rows), chances.pop()) if binomial else None,
    )


def _mean(rows: Sequence[ScoreRow], values: Sequence[float], shares: Mapping[str, float]) -> float:
    """Mean over cells of the mean value; shares: of the cells."""
    cells: dict[str, list[float]] = defaultdict(list)
    for row, value in zip(rows, values, strict=True):
        cells[row.cell].append(value)
    return round(float(sum(shares[cell] * np.mean(of_cell) for cell, of_cell in cells.items())), 12)


def _above_chance(rows: Sequence[ScoreRow]) -> ClusteredEstimate | None:
    """The accuracy with its interval, as averages show it, less what guessing scores."""
    guess = float(np.mean([chance(members) for members in by_cell(rows).values()]))
    found = clustered_share(sample(rows), guess)
    return found and replace(found, value=found.value - guess, low=found.low - guess, high=found.high - guess)
