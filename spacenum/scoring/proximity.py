"""Answer proximity in transitions: near misses get points.

The paper (arXiv 2605.23898, Figure 3a) gives 100, 70, 40 and 0 points to the exact, the nearest, the next and the
farthest of four options. Uniform guessing scores 52.5. A policy that never looks and always takes a middle number
scores about 66, for it is never the farthest from anything: a proximity between 52.5 and 66 is no sign of seeing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

POINTS = (100.0, 70.0, 40.0, 0.0)
_SAME_M_OR_DEG = 1e-6  # distances closer than this are tied: 0.6 - 0.4 is not 0.4 - 0.2 in binary


def rank_points(values: Sequence[float], truth: float) -> NDArray[np.float64]:
    """Points of each of four options by the rank of its distance to ``truth``; ties share the mean of their ranks."""
    distance = np.abs(np.asarray(values, dtype=float) - truth)
    points = np.array(POINTS)[np.argsort(np.argsort(distance, kind="stable"), kind="stable")]
    tied = np.abs(distance[:, None] - distance) < _SAME_M_OR_DEG
    return np.asarray(tied @ points / tied.sum(axis=1))


def middle_points(values: Sequence[float], truth: float) -> tuple[float, float]:
    """Points of always choosing the second and of always choosing the third smallest of four numbers, unseen."""
    second, third = np.argsort(values)[1:3]
    points = rank_points(values, truth)
    return float(points[second]), float(points[third])
