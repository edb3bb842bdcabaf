"""From score rows to what each item contributes to a claim's number, in percent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from spacenum.claims.base import CannotTellError, ClaimSubject, Contribution, ScoresByCondition
from spacenum.items.schema import CELLS, Setting, Task, cells_of
from spacenum.scoring.accuracy import by_cell
from spacenum.scoring.coupling import wrong_replies
from spacenum.scoring.rows import ScoreRow

Weights = Mapping[str, float]
"""How much the mean over a cell counts; cells that aren't named don't."""

ALL = {cell: 1 / len(CELLS) for cell in CELLS}


def mean_over(setting: Setting, task: Task | None = None) -> dict[str, float]:
    """Equal weights, with sum 1, for the cells of a setting (and task)."""
    cells = cells_of(setting, task)
    return {cell: 1 / len(cells) for cell in cells}


def minus(first: Weights, second: Weights) -> dict[str, float]:
    """Weights of the difference of two means over different cells."""
    return {**first, **{cell: -weight for cell, weight in second.items()}}


def level(
    weights: Weights, value: Callable[[ScoreRow], float]
) -> Callable[[ScoresByCondition, Sequence[ClaimSubject]], list[Contribution]]:
    """A weighted mean of a value of the rows under the base condition."""

    def measure(scores: ScoresByCondition, subjects: Sequence[ClaimSubject]) -> list[Contribution]:
        models = _complete(scores, ["base"], subjects, weights)
        return _contributions([(row, value(row)) for model in models for row in scores["base"][model]], weights)

    return measure


def change(
    before: str, afters: Sequence[str], weights: Weights
) -> Callable[[ScoresByCondition, Sequence[ClaimSubject]], list[Contribution]]:
    """A weighted mean of the change in score from one condition to others (those of ``afters`` that were run)."""
    return paired(before, afters, weights, lambda first, second: second.score - first.score)


def paired(
    before: str, afters: Sequence[str], weights: Weights, value: Callable[[ScoreRow, ScoreRow], float | None]
) -> Callable[[ScoresByCondition, Sequence[ClaimSubject]], list[Contribution]]:
    """A weighted mean of a value of each pair of rows; pairs without a value are left out."""

    def measure(scores: ScoresByCondition, subjects: Sequence[ClaimSubject]) -> list[Contribution]:
        run = [name for name in afters if any(scores.get(name, {}).values())]
        if not run or before not in scores:
            raise CannotTellError(f"{' and '.join(afters)} {'was' if len(afters) == 1 else 'were'} not run")
        models = _complete(scores, [before, *run], subjects, weights)
        pairs = chain.from_iterable(
            _pairs(scores[before][model], scores[after][model]) for model in models for after in run
        )
        valued = [(first, value(first, second)) for first, second in pairs]
        return _contributions([(row, found) for row, found in valued if found is not None], weights)

    return measure


def both_wrong_beyond_guessing(scores: ScoresByCondition, subjects: Sequence[ClaimSubject]) -> list[Contribution]:
    """Of wrong answers to layouts of variation "both": how much oftener position and size are
    both wrong than by guessing."""
    found = []
    for model in _complete(scores, ["base"], subjects, mean_over("layout")):
        for row, error in wrong_replies(row for row in scores["base"][model] if row.variation == "both"):
            kinds = (row.guess_position_wrong or 0.0, row.guess_size_wrong or 0.0, row.guess_both_wrong or 0.0)
            value = 100 * ((error == "both_wrong") - kinds[2] / sum(kinds))
            found.append(Contribution.of(row, value, "layout"))
    if not found:
        raise CannotTellError("no layout of variation 'both' was answered wrongly")
    return found


def proximity_by_size(scores: ScoresByCondition, subjects: Sequence[ClaimSubject]) -> list[Contribution]:
    """Least-squares slope of proximity on log2 of the number of parameters, each family with a level of its own.

    The slope is linear in each item's points, so that items contribute to it as to a mean.
    """
    models = set(_complete(scores, ["base"], subjects, mean_over("transition")))
    doublings: dict[str, dict[str, float]] = defaultdict(dict)
    for subject in subjects:
        if subject.name in models and subject.family and subject.parameters_b:
            doublings[subject.family][subject.name] = float(np.log2(subject.parameters_b))
    centred = {
        name: x - float(np.mean(list(family.values()))) for family in doublings.values() for name, x in family.items()
    }
    spread = sum(x * x for x in centred.values())
    if not spread:
        raise CannotTellError("no family was run in two sizes")
    values: dict[str, float] = defaultdict(float)
    rows: dict[str, ScoreRow] = {}
    for name, x in centred.items():
        for row in scores["base"][name]:
            if row.proximity is not None:
                rows[row.item] = row
                values[row.item] += x / spread * row.proximity
    return [Contribution.of(rows[item], value, "transition") for item, value in values.items()]


def _complete(
    scores: ScoresByCondition, conditions: Iterable[str], subjects: Sequence[ClaimSubject], weights: Weights
) -> list[str]:
    """The subjects that ran all the cells that count, under all conditions."""
    models = [subject.name for subject in subjects]
    for condition in conditions:
        known = scores.get(condition, {})
        models = [model for model in models if set(weights) <= set(by_cell(known.get(model, [])))]
    if not models:
        raise CannotTellError("no VLM was run on all the items that it takes")
    return models


def _pairs(first: Sequence[ScoreRow], second: Sequence[ScoreRow]) -> Iterable[tuple[ScoreRow, ScoreRow]]:
    others = {row.item: row for row in second}
    return [(row, others[row.item]) for row in first if row.item in others]


def _contributions(valued: Sequence[tuple[ScoreRow, float]], weights: Weights) -> list[Contribution]:
    """Values in percent, scaled so that the plain mean over cells is the weighted one; averaged over models."""
    rows: dict[str, ScoreRow] = {}
    found: dict[str, list[float]] = defaultdict(list)
    for row, value in valued:
        if row.cell in weights:
            rows[row.item] = row
            found[row.item].append(100 * value * weights[row.cell] * len(weights))
    if len({row.cell for row in rows.values()}) < len(weights):
        raise CannotTellError("some cell has no pair of answers that could be read")
    return [Contribution.of(row, float(np.mean(found[item]))) for item, row in rows.items()]
