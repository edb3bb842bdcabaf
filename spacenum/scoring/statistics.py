"""Intervals, tests, corrections and power. Items of one scene are alike, so scenes are what is resampled and counted."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, TTestPower
from statsmodels.stats.proportion import proportion_confint

LEVEL, POWER = 0.95, 0.8
FEW_CLUSTERS = 20
RESAMPLES = 4000
_DIGITS = 12  # sums that should cancel leave rounding errors, which must not pass for variation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A 95% interval, in 0..1. few_clusters: fewer than 20 clusters stand behind it, so that it is likely too narrow."""

    low: float
    high: float
    clusters: int
    few_clusters: bool


def wilson(right: float, n: float) -> tuple[float, float]:
    """95% score interval of a proportion if all items were independent (Wilson 1927)."""
    low, high = proportion_confint(right, n, alpha=1 - LEVEL, method="wilson")
    return float(low), float(high)


def clustered_interval(scores: ArrayLike, clusters: Sequence[str], rng: np.random.Generator) -> Interval | None:
    """95% interval of the mean score, by a BCa bootstrap (Efron 1987) of whole clusters.

    None for a single cluster, from which nothing can be learnt. If all clusters have one mean, resampling shows no
    spread. Where all scores are 0 or all are 1 that is for want of data: the Wilson interval for as many trials as there
    are clusters stands in, as if a cluster's items all told the same. Otherwise it is so by design (a constant letter
    scores exactly 1/k in every family), and the interval is that point.
    """
    total, n = _totals(scores, clusters)
    few = len(n) < FEW_CLUSTERS
    if len(n) < 2:
        return None
    mean = float(total.sum() / n.sum())
    if np.ptp(np.round(total / n, _DIGITS)) == 0:
        low, high = wilson(mean * len(n), len(n)) if round(mean, _DIGITS) in (0, 1) else (mean, mean)
        return Interval(low, high, len(n), few)
    low, high = _bootstrap(total, n, "BCa", rng)
    if not (math.isfinite(low) and math.isfinite(high)):  # all replicates on one side of the estimate
        low, high = _bootstrap(total, n, "percentile", rng)
    return Interval(low, high, len(n), few)


def _totals(scores: ArrayLike, clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum of scores and number of items, per cluster."""
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    total = np.bincount(index, weights=np.asarray(scores, dtype=float))
    return total.astype(float), np.bincount(index).astype(float)


def _bootstrap(total: Floats, n: Floats, method: str, rng: np.random.Generator) -> tuple[float, float]:
    def mean(total: Floats, n: Floats, axis: int = -1) -> Floats:
        return np.asarray(total.sum(axis=axis) / n.sum(axis=axis))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # answered by the caller
        warnings.simplefilter("ignore", RuntimeWarning)
        result = stats.bootstrap(
            (total, n), mean, paired=True, vectorized=True, n_resamples=RESAMPLES, method=method, rng=rng
        )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


@dataclass(frozen=True)
class Resampled:
    """Bootstrap replicates of the sums of score and of the numbers of items per cell, as (replicates, cells)."""

    total: Floats
    n: Floats


def resample_cells(
    scores: ArrayLike,
    cells: NDArray[np.int64],
    clusters: Sequence[str],
    strata: Sequence[str],
    rng: np.random.Generator,
) -> Resampled:
    """Resample whole clusters within their strata, so that a scene's items stay together across all cells it serves.

    cells: each item's cell as a number from 0. A cluster's stratum is that of its items.
    """
    names, first, index = np.unique(np.asarray(clusters), return_index=True, return_inverse=True)
    shape = (len(names), int(cells.max()) + 1)
    total, n = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (index, cells), np.asarray(scores, dtype=float))
    np.add.at(n, (index, cells), 1.0)
    stratum = np.asarray(strata)[first]
    drawn = np.zeros((RESAMPLES, len(names)))
    for name in np.unique(stratum):
        members = np.flatnonzero(stratum == name)
        drawn[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=RESAMPLES)
    return Resampled(total=drawn @ total, n=drawn @ n)


def percentile_interval(replicates: Floats) -> tuple[float, float] | None:
    """95% percentile interval. Replicates that are NaN (a cell drew no scene) are left out; None if most are."""
    usable = replicates[np.isfinite(replicates)]
    if len(usable) < len(replicates) / 2:
        return None
    low, high = np.quantile(usable, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


@dataclass(frozen=True)
class Difference:
    """A mean difference with its cluster-robust test.

    detectable: the smallest true difference that this many clusters, as variable as these, would have shown at
    p < 0.05 with 80% probability; None if the clusters don't vary.
    """

    estimate: float
    low: float
    high: float
    p: float
    clusters: int
    few_clusters: bool
    detectable: float | None


def clustered_difference(differences: ArrayLike, cells: Sequence[str], clusters: Sequence[str]) -> Difference | None:
    """Test whether the mean over cells of the mean difference is zero; with one cell, whether the mean is.

    Linearised cluster-robust t test with (clusters - 1) degrees of freedom (Liang and Zeger 1986; Miller 2024,
    arXiv 2411.00640). None for a single cluster. Without any spread, p is 1 for no difference, and otherwise that of
    the exact sign test of the clusters, which all point one way.
    """
    value = np.asarray(differences, dtype=float)
    _, cell = np.unique(np.asarray(cells), return_inverse=True)
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    per_cell = np.bincount(cell)
    means = np.bincount(cell, weights=value) / per_cell
    weights = 1 / (len(per_cell) * per_cell[cell])
    estimate = float(round(means.mean(), _DIGITS))
    n = int(cluster.max()) + 1
    if n < 2:
        return None
    residual = np.round(np.bincount(cluster, weights=weights * (value - means[cell])), _DIGITS)
    error = math.sqrt(n / (n - 1) * float(residual @ residual))
    if error == 0:
        p = 1.0 if estimate == 0 else 2.0 ** (1 - n)
        return Difference(estimate, estimate, estimate, p, n, n < FEW_CLUSTERS, None)
    student = stats.t(n - 1)
    half = float(student.ppf((1 + LEVEL) / 2)) * error
    return Difference(
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        p=float(2 * student.sf(abs(estimate) / error)),
        clusters=n,
        few_clusters=n < FEW_CLUSTERS,
        detectable=_detectable_effect(n) * error * math.sqrt(n),
    )


@cache  # the search is slow, and large tables ask it thousands of times for a few numbers
def _detectable_effect(n: int) -> float:
    """Smallest mean, in standard deviations, that a t test of n values detects with the wanted power."""
    return float(np.ravel(TTestPower().solve_power(nobs=n, alpha=1 - LEVEL, power=POWER))[0])


def mcnemar_exact(first: ArrayLike, second: ArrayLike) -> float:
    """Exact two-sided p of McNemar's test (1947) on right (1) and wrong (0) answers to the same items."""
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    table = [[int((a & b).sum()), int((a & ~b).sum())], [int((~a & b).sum()), int((~a & ~b).sum())]]
    return float(mcnemar(table, exact=True).pvalue)


def binomial_exact(right: int, n: int, chance: float) -> float:
    """Exact two-sided p of so many right answers by independent guesses."""
    return float(stats.binomtest(right, n, chance).pvalue)


def holm(p_values: ArrayLike) -> Floats:
    """p-values adjusted for the family-wise error (Holm 1979)."""
    return _adjusted(p_values, "holm")


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """p-values adjusted for the false discovery rate (Benjamini and Hochberg 1995)."""
    return _adjusted(p_values, "fdr_bh")


def _adjusted(p_values: ArrayLike, method: str) -> Floats:
    p = np.asarray(p_values, dtype=float)
    return np.asarray(multipletests(p, method=method)[1]) if len(p) else p


def normalised(accuracy: float, chance: float) -> float:
    """Accuracy on the scale where guessing is 0 and perfection 1; negative below chance."""
    return (accuracy - chance) / (1 - chance)


@cache
def detectable_above(chance: float, n: int) -> float | None:
    """How far above chance an accuracy must truly be for n independent items to show it (p < 0.05, 80% power).

    Arcsine effect size (Cohen 1988). None if not even a perfect score would do.
    """
    effect = NormalIndPower().solve_power(nobs1=n, alpha=1 - LEVEL, power=POWER, ratio=0)
    angle = math.asin(math.sqrt(chance)) + float(np.ravel(effect)[0]) / 2
    return math.sin(angle) ** 2 - chance if angle <= math.pi / 2 else None
