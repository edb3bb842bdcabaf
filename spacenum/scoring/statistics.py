"""Intervals, tests, corrections and power. Items of one scene are alike,
so scenes are what is resampled and counted."""

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
    """A 95% interval, in 0..1. few_clusters: fewer than 20 clusters stand behind it,
    so that it is likely too narrow."""

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

    None for a single cluster, which has no variance. If all clusters have one mean, resampling shows no
    spread. Where all scores are 0 or all are 1 that is for want of data: the Wilson interval for as many trials as
    there are clusters stands in, as if a cluster's items were fully correlated. Otherwise it is so by design (a
    constant letter scores exactly 1/k in every family), and the interval is that point.
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
class CellSums:
    """Sums of score and numbers of items, as (samples, cells)."""

    total: Floats
    n: Floats

    def mean(self, cells: Sequence[int], weights: Sequence[float]) -> Floats:
        """Each sample's weighted mean over ``cells`` of the mean score; NaN where a cell has no item."""
        chosen = list(cells)
        with np.errstate(invalid="ignore"):
            means = self.total[:, chosen] / self.n[:, chosen]
        return np.asarray(np.round(np.average(means, axis=1, weights=weights), _DIGITS))


@dataclass(frozen=True)
class Resampled:
    """What a BCa interval needs: bootstrap replicates, and what remains with each cluster left out in turn.

    strata: the stratum of each cluster, in the order of ``left_out``.
    """

    drawn: CellSums
    left_out: CellSums
    strata: NDArray[np.str_]


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
    left_out = CellSums(total=total.sum(axis=0) - total, n=n.sum(axis=0) - n)
    return Resampled(CellSums(total=drawn @ total, n=drawn @ n), left_out, stratum)


def bca_interval(
    estimate: float, replicates: Floats, left_out: Floats, strata: NDArray[np.str_]
) -> tuple[float, float] | None:
    """95% bias-corrected and accelerated interval (Efron 1987) from stratified replicates and a jackknife.

    left_out: the estimate without each cluster; strata: the clusters' strata. Replicates that are NaN (a cell drew no
    cluster) are left out; None if most are. Without variation the interval is the point. The percentile interval stands
    in where the corrections are undefined: if all replicates lie on one side of the estimate.
    """
    usable = np.round(replicates[np.isfinite(replicates)], _DIGITS)
    if len(usable) < len(replicates) / 2:
        return None
    point = round(estimate, _DIGITS)
    below = float(((usable < point).mean() + (usable <= point).mean()) / 2)  # ties count half
    bias, a = stats.norm.ppf(below), acceleration(left_out, strata)
    shifted = bias + stats.norm.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    if not math.isfinite(bias) or (a * shifted >= 1).any():
        return percentile_interval(usable)
    low, high = np.quantile(usable, stats.norm.cdf(bias + shifted / (1 - a * shifted)))
    return float(low), float(high)


def acceleration(left_out: Floats, strata: NDArray[np.str_]) -> float:
    """Acceleration of a BCa interval from a jackknife over clusters, each left out within its stratum.

    Each stratum is a sample of its own (Efron and Tibshirani 1993, section 14; as scipy does for several samples). A
    cluster that alone serves a cell can't be left out (NaN), and counts as without influence. 0 without any variation.
    """
    cubes = squares = 0.0
    for name in np.unique(strata):
        members = left_out[strata == name]
        known = np.round(members[np.isfinite(members)], _DIGITS)
        if len(known):
            influence = np.round((len(members) - 1) / len(members) * (known.mean() - known), _DIGITS)
            cubes, squares = cubes + float((influence**3).sum()), squares + float((influence**2).sum())
    return cubes / (6 * squares**1.5) if squares else 0.0


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
def detectable_above(chance: float, n: float) -> float | None:
    """How far above chance an accuracy must truly be for n independent items to show it (p < 0.05, 80% power).

    Arcsine effect size (Cohen 1988). n may be a fraction: as many items as a weighted mean is worth. None if not even a
    perfect score would do.
    """
    angle = math.asin(math.sqrt(chance)) + _detectable_shift(n) / 2
    return math.sin(angle) ** 2 - chance if angle <= math.pi / 2 else None


def detectable_mean(deviation: float, room: float, n: float) -> float | None:
    """How far a mean of n independent values must truly lie from a known one to show it (p < 0.05, 80% power).

    deviation: the values' standard deviation. room: the farthest that a mean can lie; None if not even that would do.
    """
    shift = _detectable_shift(n) * deviation
    return shift if shift <= room else None


@cache
def _detectable_shift(n: float) -> float:
    """Smallest shift, in standard deviations, that a two-sided z test of n values detects with the wanted power."""
    found = NormalIndPower().solve_power(nobs1=n, alpha=1 - LEVEL, power=POWER, ratio=0)
    return float(np.ravel(found)[0])
