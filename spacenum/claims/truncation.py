"""How far a claim's number can be moved by replies that were cut at their limit, whose answers nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from spacenum.claims.base import CannotTellError, Claim, ClaimSubject, Contribution, ScoresByCondition
from spacenum.scoring.rows import ScoreRow

IsOfPart = Callable[[str, str, ScoreRow], bool]
"""Whether a row of a condition and a model is in it."""


def effect_of_truncation(claim: Claim, scores: ScoresByCondition, subjects: Sequence[ClaimSubject]) -> float:
    """An upper limit of the change of the number, in its unit, had no reply been truncated; 0 if none was.

    Truncated replies may have been right or wrong in either way, in one condition, setting and task and otherwise in
    another: the largest changes of all parts are added without their signs.
    """
    used = _Used(scores)
    known = estimate_of(claim.measure(used, subjects))
    names = {subject.name for subject in subjects}
    cut = {
        condition: {name for name, rows in scores[condition].items() if name in names and any(map(_truncated, rows))}
        for condition in used.names
    }
    if not any(cut.values()):
        return 0.0

    def moved(part: IsOfPart) -> float:
        changes = [0.0]
        for answered in ANSWERS:
            changed = {c: {m: [answered(r) if part(c, m, r) else r for r in rows] for m, rows in scores[c].items()}
                       for c in cut}  # fmt: skip
            try:
                changes.append(abs(estimate_of(claim.measure({**scores, **changed}, subjects)) - known))
            except CannotTellError:  # nothing that counts is left
                changes.append(100.0)
        return max(changes)

    apart = sum(map(moved, _parts(claim, cut)))
    return max(apart, moved(lambda condition, model, row: model in cut[condition]))


def _parts(claim: Claim, cut: Mapping[str, set[str]]) -> Iterator[IsOfPart]:
    """Parts in which truncated replies move the number the same way."""
    for condition, models in cut.items():
        groups = [{model} for model in sorted(models)] if claim.signed_by_model else [models]
        for group in groups if models else ():
            for setting in ("transition", "layout"):
                for task in ("num2space", "space2num"):
                    yield _part(condition, group, setting, task)


def _part(condition: str, models: set[str], setting: str, task: str) -> IsOfPart:
    return lambda c, m, row: c == condition and m in models and (row.setting, row.task) == (setting, task)


class _Used(dict[str, Mapping[str, Sequence[ScoreRow]]]):
    """Scores that know which conditions were asked for."""

    def __init__(self, scores: ScoresByCondition) -> None:
        super().__init__(scores)
        self.names: set[str] = set()

    def __getitem__(self, condition: str) -> Mapping[str, Sequence[ScoreRow]]:
        self.names.add(condition)
        return super().__getitem__(condition)

    def get(self, condition: str, default: Any = None) -> Any:
        if condition in self:
            self.names.add(condition)
        return super().get(condition, default)


def estimate_of(contributions: Sequence[Contribution]) -> float:
    """A claim's number: the plain mean over cells of the mean value."""
    cells: dict[str, list[float]] = defaultdict(list)
    for one in contributions:
        cells[one.cell].append(one.value)
    return float(np.mean([np.mean(values) for values in cells.values()]))


def _truncated(row: ScoreRow) -> int:
    return row.replies["truncated"]


def _if_right(row: ScoreRow) -> ScoreRow:
    """The row as it would be if its truncated replies were right."""
    share = _truncated(row) / max(1, row.replies.total())
    points = None if row.proximity is None else row.proximity + 100 * share
    one = {"outcome": "right", "letter": row.truth} if row.outcome == "truncated" else {}
    return row.model_copy(update={**one, "score": row.score + share, "proximity": points}) if share else row


def _if_wrong(row: ScoreRow, position_ok: bool, mark: str) -> ScoreRow:
    """The same if they were wrong: in size alone, or in position and size."""
    if row.outcome == "truncated":
        other = "B" if row.truth == "A" else "A"
        wrong = {"outcome": "wrong", "letter": other, "position_ok": position_ok, "size_ok": False}
        return row.model_copy(update=wrong)
    if not _truncated(row):
        return row
    return row.model_copy(update={"errors": (row.errors or "").replace("-", mark, _truncated(row))})


ANSWERS: tuple[Callable[[ScoreRow], ScoreRow], ...] = (
    _if_right,
    lambda row: _if_wrong(row, False, "b"),
    lambda row: _if_wrong(row, True, "s"),
)
"""What truncated replies may have been."""
