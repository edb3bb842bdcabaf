"""The number line of written numbers: what a model writes against what is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spacenum.core.arrays import Array
from spacenum.scoring.statistics import jackknife_interval


@dataclass(frozen=True)
class NumberLine:
    """The least-squares line of written on true numbers.

    slope: 1 if distances on the scale are kept, 0 if what is written doesn't follow the truth; with its 95% interval
    (jackknife over scenes), None where it has none. intercept: what is written for 0. spread: standard deviation about
    the line. favourite: the number that is written most often; favourite_share: how often, 0..1. distinct: how many
    different numbers are written.
    """

    slope: float
    slope_interval: tuple[float, float] | None
    intercept: float
    spread: float
    favourite: float
    favourite_share: float
    distinct: int


def number_line(written: ArrayLike, true: ArrayLike, scenes: Sequence[str]) -> NumberLine | None:
    """The line through numbers, one entry each, all written; None unless three numbers of two different truths are."""
    y, x, scene = np.asarray(written, float), np.asarray(true, float), np.asarray(scenes)
    if len(y) < 3 or np.ptp(x) == 0:
        return None
    slope, intercept = _line(y, x)
    rest = y - (intercept + slope * x)
    (favourite, often), *_ = sorted(Counter(y.tolist()).items(), key=lambda pair: (-pair[1], pair[0]))
    left_out = [_slope(y[scene != name], x[scene != name]) for name in np.unique(scene)]
    return NumberLine(
        slope=slope,
        slope_interval=jackknife_interval(left_out),
        intercept=intercept,
        spread=float(np.sqrt((rest**2).sum() / (len(y) - 2))),
        favourite=favourite,
        favourite_share=often / len(y),
        distinct=len(set(y.tolist())),
    )


def _line(y: Array, x: Array) -> tuple[float, float]:
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), float(intercept)


def _slope(y: Array, x: Array) -> float:
    return _line(y, x)[0] if len(y) > 1 and np.ptp(x) > 0 else float("nan")
