"""From a study to the number that a claim is about, as what each item gives to it."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spacenum.claims.panel import TRACES, Gain, Items, Panel, StudyResults
from spacenum.core.arrays import Array
from spacenum.items.schema import CELLS, Setting, Task, cells_of
from spacenum.scoring.statistics import Sample, clustered_difference

Weights = Mapping[str, float]
"""How much the mean over a cell counts; cells that aren't named don't."""

ALL = {cell: 1 / len(CELLS) for cell in CELLS}


class CannotTellError(Exception):
    """Why a claim can't be judged from what was run."""


@dataclass(frozen=True)
class Number:
    """The sum over groups of the mean of ``values`` [items] in each; NaN where an item gives nothing.

    groups: [items] a number for each item: mostly its cell. In points or another unit; 100 are 1 in statistics.
    """

    items: Items
    values: Array
    groups: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.asarray(~np.isnan(self.values))

    @property
    def value(self) -> float:
        """The number itself."""
        groups = self.groups[self.known]
        means = np.bincount(groups, self.values[self.known]) / np.maximum(np.bincount(groups), 1)
        return float(means.sum())

    def plus(self, other: Number, factor: float = 1.0) -> Number:
        """This number plus ``factor`` times another, of the same items and groups."""
        either = self.known | other.known
        total = np.nan_to_num(self.values) + factor * np.nan_to_num(other.values)
        return Number(self.items, np.where(either, total, np.nan), self.groups)

    def times(self, factor: float) -> Number:
        return Number(self.items, factor * self.values, self.groups)

    def shifted(self, by: float) -> Number:
        """The number plus a constant."""
        return Number(self.items, self.values + by / len(np.unique(self.groups[self.known])), self.groups)

    def sample(self) -> Sample:
        """As the statistics take it, in hundredths."""
        known = self.known
        groups = self.groups[known]
        return Sample(
            values=self.values[known] * len(np.unique(groups)) / 100,
            cells=groups,
            clusters=self.items.scene[known],
            strata=self.items.stratum[known],
            families=self.items.family[known],
        )


Measure = Callable[[StudyResults], Number]
Field = Callable[[Items, Panel], Array]
"""[models, items] what a measure averages, 0..1."""


def score(items: Items, panel: Panel) -> Array:
    return panel.score


def above_chance(items: Items, panel: Panel) -> Array:
    return panel.score - items.chance


def normalised(items: Items, panel: Panel) -> Array:
    """0 for guessing, 1 for perfection, whatever the number of options."""
    return (panel.score - items.chance) / (1 - items.chance)


def mean_over(setting: Setting, task: Task | None = None) -> dict[str, float]:
    """Equal weights, with sum 1, for the cells of a setting (and task)."""
    return equal(cells_of(setting, task))


def equal(cells: Sequence[str]) -> dict[str, float]:
    """Equal weights, with sum 1."""
    return {cell: 1 / len(cells) for cell in cells}


def minus(first: Weights, second: Weights) -> dict[str, float]:
    """Weights of the difference of two means over different cells."""
    return {**first, **{cell: -weight for cell, weight in second.items()}}


def level(weights: Weights, field: Field = above_chance, condition: str = "base") -> Measure:
    """A weighted mean of a field under one condition, over the models that ran its cells."""
    return lambda study: _weighted(study, weights, [(condition, 1.0)], field)


def change(before: str, afters: Sequence[str], weights: Weights, field: Field = score) -> Measure:
    """A weighted mean of the change from one condition to the mean of others (those of ``afters`` that were run)."""

    def measure(study: StudyResults) -> Number:
        run = [name for name in afters if name in study.panels]
        if not run or before not in study.panels:
            missing = [name for name in (before, *afters) if name not in study.panels]
            raise CannotTellError(f"{' and '.join(missing)} {'was' if len(missing) == 1 else 'were'} not run")
        terms = [(before, -1.0), *((name, 1 / len(run)) for name in run)]
        return _weighted(study, weights, terms, field)

    return measure


def difference(first: Measure, second: Measure) -> Measure:
    """One number less another."""
    return lambda study: first(study).plus(second(study), -1.0)


def of_models(chosen: Callable[[StudyResults], Sequence[int]], measure: Measure, none: str) -> Measure:
    """A measure about some of the models; ``none``: why it can't be told if there are none."""

    def chosen_only(study: StudyResults) -> Number:
        models = chosen(study)
        if not len(models):
            raise CannotTellError(none)
        return measure(study.of(models))

    return chosen_only


def _weighted(study: StudyResults, weights: Weights, terms: Sequence[tuple[str, float]], field: Field) -> Number:
    """In points: the sum over ``terms`` of their factor times a condition's field, averaged over models."""
    items, cells = study.items, [CELLS.index(cell) for cell in weights]
    missing = [condition for condition, _ in terms if condition not in study.panels]
    if missing:
        raise CannotTellError(f"{missing[0]} was not run")
    panels = [study.panels[condition] for condition, _ in terms]
    complete = np.all([panel.complete(items, cells) for panel in panels], axis=0)
    if not complete.any():
        raise CannotTellError("no VLM was run on all the items that it takes")
    total = sum(factor * field(items, panel)[complete] for panel, (_, factor) in zip(panels, terms, strict=True))
    of_cell = np.full(len(CELLS), np.nan)
    of_cell[cells] = list(weights.values())
    return Number(items, 100 * _mean(np.asarray(total)) * of_cell[items.cell], items.cell)


def _mean(values: Array) -> Array:
    """[items] over the models that have a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of items that no model has
        return np.asarray(np.nanmean(values, axis=0))


def both_wrong_beyond_guessing(study: StudyResults) -> Number:
    """Of wrong answers to layouts of variation "both": how much oftener position and size are both wrong than by
    guessing, in points."""
    items, panel = study.items, _base(study)
    asked = items.both & ~np.isnan(panel.score).all(axis=0)
    wrong = np.nansum(panel.wrong, axis=0)
    if not wrong[asked].any():
        raise CannotTellError("no layout of variation 'both' was answered wrongly")
    beyond = np.nansum(panel.both_wrong, axis=0) - items.guessed_both * wrong
    return _one_group(items, np.where(asked, 100 * beyond / wrong[asked].mean(), np.nan))


def wrong_proximity_by_size(study: StudyResults) -> Number:
    """Least-squares slope of the proximity of wrong answers on log2 of the number of parameters, in points a doubling;
    each family has a level of its own."""
    items, panel = study.items, _base(study)
    doublings = {k: one for k, one in enumerate(study.subjects) if one.family and one.parameters_b}
    sizes = np.full(len(study.subjects), np.nan)
    for family in {one.family for one in doublings.values()}:
        members = [k for k, one in doublings.items() if one.family == family]
        logs = np.log2([float(study.subjects[k].parameters_b or 1) for k in members])
        sizes[members] = logs - logs.mean()
    spread = float(np.nansum(sizes**2))
    if not spread:
        raise CannotTellError("no family was run in two sizes")
    moves = ~np.isnan(items.points[:, 0])
    total = np.zeros(len(items.ids))
    for k in np.flatnonzero(np.nan_to_num(sizes)):
        wrong = panel.wrong[k]
        if not np.nansum(wrong[moves]):
            raise CannotTellError(f"{study.subjects[k].name} has no wrong answer in transitions")
        points = np.nan_to_num(panel.points[k] - 100 * panel.score[k])
        centred = points - np.nansum(points[moves]) / np.nansum(wrong[moves]) * np.nan_to_num(wrong)
        middle = np.nansum(points[moves]) / np.nansum(wrong[moves])
        total += sizes[k] / spread * (centred / np.nanmean(wrong[moves]) + middle)
    return _one_group(items, np.where(moves, total, np.nan))


def _base(study: StudyResults) -> Panel:
    if "base" not in study.panels:
        raise CannotTellError("no VLM was run on all the items that it takes")
    return study.panels["base"]


def _one_group(items: Items, values: Array) -> Number:
    return Number(items, values, np.zeros(len(items.ids), int))


def share_of_traces(failure: str) -> Measure:
    """Percent of the labelled traces of wrong answers that show a failure."""

    def measure(study: StudyResults) -> Number:
        if (condition := trace_condition(failure)) not in study.panels:
            raise CannotTellError("no trace of a wrong answer was labelled")
        return _one_group(study.items, 100 * _mean(study.panels[condition].score))

    return measure


def trace_condition(failure: str) -> str:
    """The condition whose score is whether a trace shows a failure."""
    return f"{TRACES}{failure}"


def weakest(study: StudyResults) -> Sequence[int]:
    """The quarter of the models (rounded up) with the lowest average over all 20 cells."""
    items, panel = study.items, _base(study)
    ran = np.flatnonzero(panel.complete(items, range(len(CELLS))))
    means = [np.mean([panel.score[k, items.cell == cell].mean() for cell in range(len(CELLS))]) for k in ran]
    return [int(k) for k in ran[np.argsort(means, kind="stable")][: -(-len(ran) // 4)]]


def skilled_at(weights: Weights) -> Callable[[StudyResults], Sequence[int]]:
    """The models that are above chance in a mean over cells (p < 0.05)."""

    def chosen(study: StudyResults) -> Sequence[int]:
        return [k for k in range(len(study.subjects)) if _is_above_chance(study.of([k]), weights)]

    return chosen


def _is_above_chance(study: StudyResults, weights: Weights) -> bool:
    try:
        found = clustered_difference(level(weights)(study).sample())
    except CannotTellError:
        return False
    return found is not None and found.low > 0


def external_gains(study: StudyResults) -> Number:
    """The change by tuning on other benchmarks' items, in points: each set counts the same, and each item with its mean
    over models."""
    if not study.gains:
        raise CannotTellError("no tuned model was asked another benchmark")
    found: dict[tuple[str, str], list[Gain]] = defaultdict(list)
    for gain in study.gains:
        found[gain.asked, gain.item].append(gain)
    first = [gains[0] for gains in found.values()]
    sets, scenes = (tuple(sorted({of(one) for one in first})) for of in (_set_of, _image_of))
    groups = np.array([sets.index(one.asked) for one in first], int)
    nothing = np.zeros(len(first), int)
    items = Items(
        ids=tuple(one.item for one in first),
        scenes=scenes,
        cell=groups,
        scene=np.array([scenes.index(_image_of(one)) for one in first], int),
        stratum=groups,
        family=np.unique([f"{one.asked}/{one.family}" for one in first], return_inverse=True)[1],
        count=nothing + 1,
        right=nothing,
        both=nothing.astype(bool),
        points=np.full((len(first), 4), np.nan),
        both_wrong=np.zeros((len(first), 4), bool),
        cells=sets,
    )
    values = [100 * float(np.mean([gain.value for gain in gains])) / len(sets) for gains in found.values()]
    return Number(items, np.array(values), groups)


def _set_of(gain: Gain) -> str:
    return gain.asked


def _image_of(gain: Gain) -> str:
    return f"{gain.asked}/{gain.scene}"
