"""Accuracy of cells, and the averages over them. The denominator is always all items, whatever became of the reply."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spacenum.items.schema import CELLS, SETTINGS, TASKS, cells_of
from spacenum.scoring.rows import Outcome, ScoreRow
from spacenum.scoring.statistics import (
    FEW_CLUSTERS,
    Interval,
    Resampled,
    bca_interval,
    clustered_interval,
    detectable_above,
    normalised,
    resample_cells,
    wilson,
)

_DIGITS = 12  # as in ``spacenum.scoring.statistics``
Weighting = Literal["cells", "items"]
WEIGHTINGS: tuple[Weighting, ...] = ("cells", "items")
SCOPES: dict[str, tuple[str, ...]] = {
    "all": CELLS,
    **{setting: cells_of(setting) for setting in SETTINGS},
    **{task: cells_of(task=task) for task in TASKS},
}
"""What averages are taken over: all 20 cells, those of a setting, those of a task."""


def mean_over_cells(
    values: Mapping[str, float], cells: Sequence[str] = CELLS, sizes: Mapping[str, int] | None = None
) -> float | None:
    """Mean over ``cells``; None unless all of them ran.

    Each cell counts the same, which is the paper's average, or as ``sizes`` says (items per
    cell: the item-weighted mean).
    """
    if not all(cell in values for cell in cells):
        return None
    return float(np.average([values[cell] for cell in cells], weights=sizes and [sizes[cell] for cell in cells]))


def by_cell(rows: Iterable[ScoreRow]) -> dict[str, list[ScoreRow]]:
    """Rows of each cell that ran, in the order of the 20 cells."""
    found: dict[str, list[ScoreRow]] = {cell: [] for cell in CELLS}
    for row in rows:
        found[row.cell].append(row)
    return {cell: members for cell, members in found.items() if members}


def accuracy(rows: Sequence[ScoreRow]) -> float:
    """Mean score: right answers over all items, 0..1."""
    return sum(row.score for row in rows) / len(rows)


def chance(rows: Sequence[ScoreRow]) -> float:
    """What uniform guessing scores: the mean of 1/k."""
    return sum(row.chance for row in rows) / len(rows)


def majority_letter(rows: Sequence[ScoreRow]) -> float:
    """What the best constant letter scores on these rows."""
    return max(Counter(row.truth for row in rows).values()) / len(rows)


def scene_of(row: ScoreRow) -> str:
    """The cluster of a row: its scene. Families are nested in scenes; a scene's name may recur in another stratum."""
    return f"{stratum_of(row)}/{row.scene}"


def stratum_of(row: ScoreRow) -> str:
    """Scenes of one setting and scale are drawn alike and serve the same cells."""
    return f"{row.setting}/{row.scale or ''}"


@dataclass(frozen=True)
class CellScore:
    """One model in one cell; fractions in 0..1. outcomes: of replies, of which an item may have several.

    detectable_items, detectable_scenes: how far above chance an accuracy must truly be to be seen with 80% power, if
    all items were independent, and if all items of a scene were fully correlated. The truth lies between.
    """

    cell: str
    n: int
    outcomes: Counter[Outcome]
    accuracy: float
    wilson: tuple[float, float]
    clustered: Interval | None
    clusters: int
    few_clusters: bool
    chance: float
    majority_letter: float
    normalised: float
    detectable_items: float | None
    detectable_scenes: float | None


def score_cell(rows: Sequence[ScoreRow], rng: np.random.Generator) -> CellScore:
    """Sum up the rows of one cell."""
    scores, scenes = [row.score for row in rows], [scene_of(row) for row in rows]
    clusters, guess = len(set(scenes)), chance(rows)
    return CellScore(
        cell=rows[0].cell,
        n=len(rows),
        outcomes=sum((row.replies for row in rows), Counter()),
        accuracy=accuracy(rows),
        wilson=wilson(sum(scores), len(rows)),
        clustered=clustered_interval(scores, scenes, rng),
        clusters=clusters,
        few_clusters=clusters < FEW_CLUSTERS,
        chance=guess,
        majority_letter=majority_letter(rows),
        normalised=normalised(accuracy(rows), guess),
        detectable_items=detectable_above(guess, len(rows)),
        detectable_scenes=detectable_above(guess, clusters),
    )


@dataclass(frozen=True)
class Average:
    """A mean over several cells, each cell ("cells") or each item ("items") counting the same; fractions in 0..1.

    interval: 95%, from a BCa bootstrap (Efron 1987) of scenes within setting and scale; families are nested in scenes,
    so that it is clustered by both. None if some setting and scale has a single scene, from which nothing can be
    learnt. If no cell varied between its scenes, resampling shows no spread. Where some cell is all right or all wrong
    that is for want of data, and a Wilson interval over scenes stands in (see ``_without_spread``), so that no perfect
    model looks certain. Otherwise it is so by design, as with exact expectations of guessing or a constant letter, and
    the interval is that point. clusters: scenes behind it; few_clusters: some setting and scale has fewer than 20.
    detectable_items, detectable_scenes: as in ``CellScore``.
    """

    scope: str
    weighting: Weighting
    n: int
    accuracy: float
    interval: tuple[float, float] | None
    clusters: int
    few_clusters: bool
    chance: float
    normalised: float
    detectable_items: float | None
    detectable_scenes: float | None


def averages(rows: Sequence[ScoreRow], rng: np.random.Generator) -> dict[tuple[str, Weighting], Average]:
    """Averages of every scope whose cells all ran, by (scope, weighting); a scope that misses a cell has no entry."""
    cells = by_cell(rows)
    if not cells:
        return {}
    order = {cell: number for number, cell in enumerate(cells)}
    resampled = resample_cells(
        [row.score for row in rows],
        np.array([order[row.cell] for row in rows]),
        [scene_of(row) for row in rows],
        [stratum_of(row) for row in rows],
        rng,
    )
    return {
        (scope, weighting): _average(scope, weighting, cells, resampled)
        for scope, wanted in SCOPES.items()
        if set(wanted) <= set(cells)
        for weighting in WEIGHTINGS
    }


def _average(scope: str, weighting: Weighting, cells: dict[str, list[ScoreRow]], resampled: Resampled) -> Average:
    """Both weightings weigh cells, so that an interval never shows how many items of
    which cell happened to be drawn."""
    wanted = {cell: cells[cell] for cell in SCOPES[scope]}
    shares = _shares(wanted, weighting)
    mean = round(sum(share * accuracy(wanted[cell]) for cell, share in shares.items()), _DIGITS)
    guess = round(sum(share * chance(wanted[cell]) for cell, share in shares.items()), _DIGITS)
    scenes = scenes_of(row for rows in wanted.values() for row in rows)
    columns, weights = [list(cells).index(cell) for cell in wanted], list(shares.values())
    replicates = resampled.drawn.mean(columns, weights)
    if min(scenes.values()) < 2:
        interval = None
    elif any(_varies(rows) for rows in wanted.values()):
        interval = bca_interval(mean, replicates, resampled.left_out.mean(columns, weights), resampled.strata)
    else:
        interval = _without_spread(mean, wanted, shares)
    items, alike = detectable_averages(wanted, weighting)
    return Average(
        scope=scope,
        weighting=weighting,
        n=sum(len(rows) for rows in wanted.values()),
        accuracy=mean,
        interval=interval,
        clusters=scenes.total(),
        few_clusters=min(scenes.values()) < FEW_CLUSTERS,
        chance=guess,
        normalised=normalised(mean, guess),
        detectable_items=items,
        detectable_scenes=alike,
    )


def scenes_of(rows: Iterable[ScoreRow]) -> Counter[str]:
    """How many scenes each setting and scale has."""
    return Counter({scene_of(row): stratum_of(row) for row in rows}.values())


def _shares(cells: Mapping[str, Sequence[ScoreRow]], weighting: Weighting) -> dict[str, float]:
    """What each cell counts in the average; together 1."""
    sizes = {cell: len(rows) if weighting == "items" else 1 for cell, rows in cells.items()}
    return {cell: size / sum(sizes.values()) for cell, size in sizes.items()}


def _varies(rows: Sequence[ScoreRow]) -> bool:
    """Whether the scenes of a cell differ in their mean score."""
    scenes: dict[str, list[float]] = {}
    for row in rows:
        scenes.setdefault(row.scene, []).append(row.score)
    return len({round(sum(scores) / len(scores), _DIGITS) for scores in scenes.values()}) > 1


def _without_spread(
    mean: float, cells: Mapping[str, Sequence[ScoreRow]], shares: Mapping[str, float]
) -> tuple[float, float]:
    """The interval of an average no cell of which varied: a point by design,
    unless some cell is all right or all wrong.

    Then the Wilson interval of as many trials as there are scenes in one setting and scale, divided by its share in the
    average; of these the one with the fewest trials. In a single setting and scale these are its scenes; in several, it
    allows for all unseen failures (or hits) being where they would change the average most (as in the rule of three).
    """
    if not any(round(accuracy(rows), _DIGITS) in (0, 1) for rows in cells.values()):
        return mean, mean
    trials = min(n / share for n, share in _strata(cells, shares))
    return wilson(mean * trials, trials)


def _strata(cells: Mapping[str, Sequence[ScoreRow]], shares: Mapping[str, float]) -> list[tuple[int, float]]:
    """Number of scenes and share in the average, of each setting and scale."""
    scenes = scenes_of(row for rows in cells.values() for row in rows)
    share: dict[str, float] = {}
    for cell, rows in cells.items():
        stratum = stratum_of(rows[0])
        share[stratum] = share.get(stratum, 0.0) + shares[cell]
    return [(n, share[stratum]) for stratum, n in scenes.items()]


def detectable_averages(
    cells: Mapping[str, Sequence[ScoreRow]], weighting: Weighting = "cells"
) -> tuple[float | None, float | None]:
    """How far above chance the average of these cells must truly be to be seen with 80% power.

    First if all items were independent, then if all items of a scene were fully correlated, in whatever cell. None if
    not even a perfect score would do.
    """
    shares = _shares(cells, weighting)
    guesses = {cell: chance(rows) for cell, rows in cells.items()}
    guess = sum(share * guesses[cell] for cell, share in shares.items())
    spread = {cell: math.sqrt(value * (1 - value)) for cell, value in guesses.items()}
    items = sum((shares[cell] * spread[cell]) ** 2 / len(rows) for cell, rows in cells.items())
    alike = {cell: shares[cell] * spread[cell] for cell in cells}
    scenes = sum(weight**2 / n for n, weight in _strata(cells, alike))
    first, second = (
        detectable_above(round(guess, _DIGITS), round(guess * (1 - guess) / variance, 6))
        for variance in (items, scenes)
    )
    return first, second
