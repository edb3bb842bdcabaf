"""What proximity could have shown: apart from ``proximity``, so that scores don't depend on statistics."""

from __future__ import annotations

import numpy as np

from spacenum.scoring.proximity import POINTS
from spacenum.scoring.statistics import detectable_mean


def detectable_proximity(n: int) -> float | None:
    """How far above guessing, as a share of 100 points, n independent items could show with 80% power; None if nothing.

    Points of uniform guesses spread most where no two options are equally far from the truth, which is assumed.
    """
    points = np.array(POINTS) / 100
    return detectable_mean(float(points.std()), float(1 - points.mean()), n)
