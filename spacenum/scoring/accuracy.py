"""Accuracy of cells, and the averages over them. The denominator is always all items, whatever became of the reply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spacenum.items.schema import CELLS, SETTINGS, TASKS
from spacenum.scoring.rows import Outcome, ScoreRow
from spacenum.scoring.statistics import (
    FEW_CLUSTERS,
    Interval,
    Resampled,
    clustered_interval,
    detectable_above,
    normalised,
    percentile_interval,
    resample_cells,
    wilson,
)

Weighting = Literal["cells", "items"]
WEIGHTINGS: tuple[Weighting, ...] = ("cells", "items")
SCOPES: dict[str, tuple[str, ...]] = {
    "all": CELLS,
    **{name: tuple(cell for cell in CELLS if name in cell.split(".")) for name in (*SETTINGS, *TASKS)},
}
"""What averages are taken over: all 20 cells, those of a setting, those of a task."""


def mean_over_cells(
    values: Mapping[str, float], cells: Sequence[str] = CELLS, sizes: Mapping[str, int] | None = None
) -> float | None:
    """Mean over ``cells``; None unless all of them ran.

    Each cell counts the same, which is the paper's average, or as ``sizes`` says (items per cell: the item-weighted mean).
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
    """One model in one cell; fractions in 0..1.

    detectable_items, detectable_scenes: how far above chance an accuracy must truly be to be seen with 80% power, if
    all items were independent, and if all items of a scene told the same. The truth lies between.
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
        outcomes=Counter(row.outcome for row in rows),
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

    interval: 95%, from a percentile bootstrap of scenes within setting and scale. clusters: scenes behind it;
    few_clusters: some setting and scale has fewer than 20. An interval without width means that no cell varied between
    its scenes, as with a constant letter, or with all answers right.
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


def averages(rows: Sequence[ScoreRow], rng: np.random.Generator) -> dict[tuple[str, Weighting], Average]:
    """Averages of every scope whose cells all ran, by (scope, weighting); a scope that misses a cell has no entry."""
    cells = by_cell(rows)
    if not cells:
        return {}
    order = {cell: number for number, cell in enumerate(cells)}
    replicates = resample_cells(
        [row.score for row in rows],
        np.array([order[row.cell] for row in rows]),
        [scene_of(row) for row in rows],
        [stratum_of(row) for row in rows],
        rng,
    )
    return {
        (scope, weighting): _average(scope, weighting, cells, replicates)
        for scope, wanted in SCOPES.items()
        if set(wanted) <= set(cells)
        for weighting in WEIGHTINGS
    }


def _average(scope: str, weighting: Weighting, cells: dict[str, list[ScoreRow]], drawn: Resampled) -> Average:
    """Both weightings weigh cells, so that an interval never shows how many items of which cell happened to be drawn."""
    wanted = SCOPES[scope]
    sizes = {cell: len(cells[cell]) if weighting == "items" else 1 for cell in wanted}
    mean = mean_over_cells({cell: accuracy(cells[cell]) for cell in wanted}, wanted, sizes)
    guess = mean_over_cells({cell: chance(cells[cell]) for cell in wanted}, wanted, sizes)
    assert mean is not None and guess is not None  # the caller has all cells
    columns = [list(cells).index(cell) for cell in wanted]
    with np.errstate(invalid="ignore"):
        drawn_cells = drawn.total[:, columns] / drawn.n[:, columns]
    rows = [row for cell in wanted for row in cells[cell]]
    scenes = {scene_of(row): stratum_of(row) for row in rows}
    return Average(
        scope=scope,
        weighting=weighting,
        n=len(rows),
        accuracy=mean,
        interval=percentile_interval(np.average(drawn_cells, axis=1, weights=list(sizes.values()))),
        clusters=len(scenes),
        few_clusters=min(Counter(scenes.values()).values()) < FEW_CLUSTERS,
        chance=guess,
        normalised=normalised(mean, guess),
    )
