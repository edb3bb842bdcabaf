"""Accuracy of cells, and the averages over them. The denominator is always all items, whatever became of the reply."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spacenum.items.schema import CELLS, SETTINGS, TASKS, Cell, cells_of
from spacenum.scoring.rows import Outcome, ScoreRow
from spacenum.scoring.statistics import (
    FEW_CLUSTERS,
    ClusteredEstimate,
    Sample,
    clustered_share,
    detectable_above,
    normalised,
    wilson,
)
from spacenum.scoring.weighting import Weighting

_DIGITS = 12  # as in ``spacenum.scoring.statistics``
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


def sample(
    rows: Sequence[ScoreRow], values: Sequence[float] | None = None, weights: Mapping[str, float] | None = None
) -> Sample:
    """Rows as the statistics take them: their scores, or other ``values``; weights of cells, equal if None."""
    return Sample(
        values=[row.score for row in rows] if values is None else values,
        cells=[row.cell for row in rows],
        clusters=[scene_of(row) for row in rows],
        strata=[stratum_of(row) for row in rows],
        families=[row.family for row in rows],
        weights=weights,
    )


def pooled(rows: Sequence[ScoreRow], values: Sequence[float]) -> Sample:
    """The same for a mean over items, whatever their cells."""
    return replace(sample(rows, values), cells=["all"] * len(rows))


@dataclass(frozen=True)
class CellScore:
    """One model in one cell; fractions in 0..1. outcomes: of replies, of which an item may have several.

    clustered: None for a single scene. detectable_items, detectable_scenes: how far above chance an accuracy must truly
    be to be seen with 80% power, if all items were independent, and if all items of a scene were fully correlated. The
    truth lies between.
    """

    cell: str
    n: int
    outcomes: Counter[Outcome]
    accuracy: float
    wilson: tuple[float, float]
    clustered: ClusteredEstimate | None
    clusters: int
    few_clusters: bool
    chance: float
    majority_letter: float
    normalised: float
    detectable_items: float | None
    detectable_scenes: float | None


def score_cell(rows: Sequence[ScoreRow]) -> CellScore:
    """Sum up the rows of one cell."""
    clusters, guess = scenes_of(rows), chance(rows)
    return CellScore(
        cell=rows[0].cell,
        n=len(rows),
        outcomes=sum((row.replies for row in rows), Counter()),
        accuracy=accuracy(rows),
        wilson=wilson(sum(row.score for row in rows), len(rows)),
        clustered=clustered_share(sample(rows), guess),
        clusters=clusters.total(),
        few_clusters=few_scenes(clusters),
        chance=guess,
        majority_letter=majority_letter(rows),
        normalised=normalised(accuracy(rows), guess),
        detectable_items=detectable_above(guess, len(rows)),
        detectable_scenes=detectable_above(guess, clusters.total()),
    )


@dataclass(frozen=True)
class Average:
    """A mean over several cells; fractions in 0..1. weighting: what counts the same, each cell ("cells"), each item
    ("items"), or each setting and within it each item ("settings").

    estimate: clustered by scene within setting and scale (``statistics.clustered_share``); families are nested in
    scenes, so that it is clustered by both. None if some setting and scale has a single scene, from which nothing can
    be learnt. clusters: scenes behind it; few_clusters: some setting and scale has fewer than 20. detectable_items,
    detectable_scenes: as in ``CellScore``.
    """

    scope: str
    weighting: Weighting
    n: int
    accuracy: float
    estimate: ClusteredEstimate | None
    clusters: int
    few_clusters: bool
    chance: float
    normalised: float
    detectable_items: float | None
    detectable_scenes: float | None


def averages(rows: Iterable[ScoreRow]) -> dict[tuple[str, Weighting], Average]:
    """Averages of every scope whose cells all ran, by (scope, weighting); a scope that misses a cell has no entry."""
    cells = by_cell(rows)
    return {
        (scope, weighting): _average(scope, weighting, {cell: cells[cell] for cell in wanted})
        for scope, wanted in SCOPES.items()
        if set(wanted) <= set(cells)
        for weighting in weightings_of(wanted)
    }


def weightings_of(cells: Collection[str]) -> tuple[Weighting, ...]:
    """The means over some cells that can differ: of one cell all are one, of one setting "settings" is "items"."""
    if len(cells) == 1:
        return ("items",)
    return ("cells", "items", "settings") if len({Cell.of(cell).setting for cell in cells}) > 1 else ("cells", "items")


def _average(scope: str, weighting: Weighting, cells: Mapping[str, Sequence[ScoreRow]]) -> Average:
    """All weightings weigh cells, so that no interval shows how many items of which cell happened to be drawn."""
    shares = shares_of({cell: len(rows) for cell, rows in cells.items()}, weighting)
    mean = round(sum(share * accuracy(cells[cell]) for cell, share in shares.items()), _DIGITS)
    guess = round(sum(share * chance(cells[cell]) for cell, share in shares.items()), _DIGITS)
    rows = [row for members in cells.values() for row in members]
    scenes = scenes_of(rows)
    items, alike = detectable_averages(cells, weighting)
    return Average(
        scope=scope,
        weighting=weighting,
        n=len(rows),
        accuracy=mean,
        estimate=clustered_share(sample(rows, weights=shares), guess),
        clusters=scenes.total(),
        few_clusters=few_scenes(scenes),
        chance=guess,
        normalised=normalised(mean, guess),
        detectable_items=items,
        detectable_scenes=alike,
    )


def few_scenes(scenes: Mapping[str, int]) -> bool:
    """Whether some stratum of ``scenes_of`` has fewer than 20: the one definition of few that tables have."""
    return min(scenes.values()) < FEW_CLUSTERS


def scenes_of(rows: Iterable[ScoreRow]) -> Counter[str]:
    """How many scenes each setting and scale has."""
    return Counter({scene_of(row): stratum_of(row) for row in rows}.values())


def shares_of(sizes: Mapping[str, int], weighting: Weighting) -> dict[str, float]:
    """What each cell counts in the average, together 1. sizes: items of each cell."""
    if weighting == "settings":
        of_setting = Counter[str]()
        for cell, size in sizes.items():
            of_setting[Cell.of(cell).setting] += size
        return {cell: size / of_setting[Cell.of(cell).setting] / len(of_setting) for cell, size in sizes.items()}
    weights = sizes if weighting == "items" else dict.fromkeys(sizes, 1)
    return {cell: weight / sum(weights.values()) for cell, weight in weights.items()}


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
    shares = shares_of({cell: len(rows) for cell, rows in cells.items()}, weighting)
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
