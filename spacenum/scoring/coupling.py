"""Error coupling in layouts: when an answer is wrong, is it the position, the size, or both?

Asked only of items whose four options are two positions by two sizes (variation "both"), where every answer can be wrong
in each way (paper, Figure 3b).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spacenum.scoring.accuracy import scene_of
from spacenum.scoring.rows import ScoreRow
from spacenum.scoring.statistics import Interval, clustered_interval

Error = Literal["position_wrong", "size_wrong", "both_wrong"]
ERRORS: tuple[Error, ...] = ("position_wrong", "size_wrong", "both_wrong")


@dataclass(frozen=True)
class Coupling:
    """One kind of error. share: of the wrong answers. guess: the same share if one guessed uniformly, from the options.

    position_wrong and size_wrong mean that and nothing else. n_wrong counts wrong letters; replies without a letter have
    no position and no size, and are left out.
    """

    error: Error
    n_wrong: int
    share: float | None
    interval: Interval | None
    guess: float | None


def coupling(rows: Iterable[ScoreRow], rng: np.random.Generator) -> list[Coupling]:
    """Shares of the three kinds of error, with intervals clustered by scene; rows of other variations are ignored."""
    asked = [row for row in rows if row.setting == "layout" and row.variation == "both"]
    wrong = [row for row in asked if row.outcome == "wrong"]
    guessed = {error: sum(getattr(row, f"guess_{error}") for row in asked) for error in ERRORS}
    total = sum(guessed.values())
    result = []
    for error in ERRORS:
        hits = np.array([float(_error(row) == error) for row in wrong])
        result.append(
            Coupling(
                error=error,
                n_wrong=len(wrong),
                share=float(hits.mean()) if wrong else None,
                interval=clustered_interval(hits, [scene_of(row) for row in wrong], rng) if wrong else None,
                guess=guessed[error] / total if total else None,
            )
        )
    return result


def _error(row: ScoreRow) -> Error:
    if row.position_ok:
        return "size_wrong"
    return "position_wrong" if row.size_ok else "both_wrong"
