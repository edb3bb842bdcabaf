"""Error coupling in layouts: when an answer is wrong, is it the position, the size, or both?

Asked only of items whose four options are two positions by two sizes (variation "both"), where every answer can be
wrong in each way (paper, Figure 3b).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spacenum.scoring.accuracy import pooled
from spacenum.scoring.rows import ScoreRow
from spacenum.scoring.statistics import ClusteredEstimate, clustered_share

Error = Literal["position_wrong", "size_wrong", "both_wrong"]
_MARKS: dict[str, Error] = {"p": "position_wrong", "s": "size_wrong", "b": "both_wrong"}
ERRORS: tuple[Error, ...] = ("position_wrong", "size_wrong", "both_wrong")


@dataclass(frozen=True)
class Coupling:
    """One kind of error. share: of the wrong answers. guess: the same share if one guessed uniformly, from the options.

    position_wrong and size_wrong mean that and nothing else. n_wrong counts wrong letters; replies without a letter
    have no position and no size, and are left out.
    """

    error: Error
    n_wrong: int
    share: float | None
    estimate: ClusteredEstimate | None
    guess: float | None


def coupling(rows: Iterable[ScoreRow]) -> list[Coupling]:
    """Shares of the three kinds of error, with intervals clustered by scene; rows of other variations are ignored."""
    asked = [row for row in rows if row.setting == "layout" and row.variation == "both"]
    wrong = wrong_replies(asked)
    guessed = {error: sum(getattr(row, f"guess_{error}") for row in asked) for error in ERRORS}
    total = sum(guessed.values())
    result = []
    for error in ERRORS:
        hits = [float(found == error) for _, found in wrong]
        guess = guessed[error] / total if total else None
        result.append(
            Coupling(
                error=error,
                n_wrong=len(wrong),
                share=float(np.mean(hits)) if wrong else None,
                estimate=clustered_share(pooled([row for row, _ in wrong], hits), guess) if wrong else None,
                guess=guess,
            )
        )
    return result


def wrong_replies(rows: Iterable[ScoreRow]) -> list[tuple[ScoreRow, Error]]:
    """Every wrong reply with what is wrong with it; a row of several replies may stand here several times."""
    found: list[tuple[ScoreRow, Error]] = []
    for row in rows:
        if row.outcome == "several":
            found += [(row, _MARKS[mark]) for mark in row.errors or "" if mark in _MARKS]
        elif row.outcome == "wrong":
            found.append((row, _error(row)))
    return found


def _error(row: ScoreRow) -> Error:
    if row.position_ok:
        return "size_wrong"
    return "position_wrong" if row.size_ok else "both_wrong"
