"""Open answers: the model writes the number itself, and is scored by how far off it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
_DIGITS = 9  # 0.6 - 0.4 must count as one step of 0.2


@dataclass(frozen=True)
class OpenScores:
    """signed_error, absolute_error: mean over the answered items, in the unit of the numbers; None if there are none.

    within_one_step, mean_relative_accuracy: over all items, 0..1; an item without a readable number scores 0. The
    latter is None if some truth is 0, to which nothing is relative.
    """

    n: int
    n_answered: int
    signed_error: float | None
    absolute_error: float | None
    within_one_step: float
    mean_relative_accuracy: float | None


def score_open(answers: ArrayLike, truths: ArrayLike, steps: ArrayLike) -> OpenScores:
    """Score written numbers against the truth, all in one unit; NaN is a reply without a readable number.

    Mean relative accuracy (Yang et al. 2024, "Thinking in Space", arXiv 2412.14171): the share of the thresholds t in
    .5, .55, … .95 for which |answer - truth| / |truth| < 1 - t.
    """
    answer, truth = np.asarray(answers, dtype=float), np.asarray(truths, dtype=float)
    if not len(truth) or answer.shape != truth.shape:
        raise ValueError("answers and truths must be equally many, and at least one")
    answered = ~np.isnan(answer)
    error = np.round(answer - truth, _DIGITS)
    size = np.abs(error)  # NaN compares false below, which is the score of 0 that it should get
    return OpenScores(
        n=len(truth),
        n_answered=int(answered.sum()),
        signed_error=float(error[answered].mean()) if answered.any() else None,
        absolute_error=float(size[answered].mean()) if answered.any() else None,
        within_one_step=float((size <= np.asarray(steps)).mean()),
        mean_relative_accuracy=_relative(size, np.abs(truth)) if np.all(truth) else None,
    )


def _relative(size: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    below = np.round(size / truth, _DIGITS)[:, None] < np.round(1 - np.array(THRESHOLDS), _DIGITS)
    return float(below.mean())
