"""How far a claim's number can be moved by replies that were cut at their limit, whose answers nobody knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from spacenum.claims.base import Claim, ClaimSubject, Contribution, ScoresByCondition
from spacenum.scoring.rows import ScoreRow


def effect_of_truncation(claim: Claim, scores: ScoresByCondition, subjects: Sequence[ClaimSubject]) -> float:
    """The largest change of the number, in its unit, if truncated replies had been right; 0 if none was truncated.

    Truncated replies score 0. They may have been right under one condition and wrong under another, so the changes of
    all conditions are added without their signs.
    """
    names = {subject.name for subject in subjects}
    known = estimate_of(claim.measure(scores, subjects))
    total = 0.0
    for condition, models in scores.items():
        cut = {name: rows for name, rows in models.items() if name in names and any(map(_truncated, rows))}
        if cut:
            answered = {name: [_if_right(row) for row in rows] for name, rows in cut.items()}
            moved = claim.measure({**scores, condition: {**models, **answered}}, subjects)
            total += abs(estimate_of(moved) - known)
    return total


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
    if not _truncated(row):
        return row
    share = _truncated(row) / row.replies.total()
    points = None if row.proximity is None else row.proximity + 100 * share
    one = {"outcome": "right", "letter": row.truth} if row.outcome == "truncated" else {}
    return row.model_copy(update={**one, "score": row.score + share, "proximity": points})
