"""Intervals, tests, corrections and power. Items of one scene are alike,
so scenes are what is counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, TTestPower
from statsmodels.stats.proportion import proportion_confint

LEVEL, POWER = 0.95, 0.8
FEW_CLUSTERS = 20
LARGEST_SHARE = 1000
"""Common denominators of differences are sought below this."""
_DIGITS = 12  # sums that should cancel leave rounding errors, which must not pass for variation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClusteredEstimate:
    """A mean, its 95% interval and the test of whether it is ``null``: all three say the same, for the interval holds
    what the test doesn't reject.

    clusters: scenes behind it. few_clusters: some stratum has fewer than 20, so that it depends on few scenes.
    detectable: the smallest true difference from ``null`` that these clusters would have shown at p < 0.05 with 80%
    probability; None if they don't vary.
    """

    value: float
    low: float
    high: float
    p: float
    clusters: int
    few_clusters: bool
    detectable: float | None


def bounds(found: ClusteredEstimate | None) -> tuple[float, float] | tuple[None, None]:
    """The interval, or two Nones without."""
    return (found.low, found.high) if found else (None, None)


def wilson(right: float, n: float) -> tuple[float, float]:
    """95% score interval of a proportion if all items were independent (Wilson 1927)."""
    low, high = proportion_confint(right, n, alpha=1 - LEVEL, method="wilson")
    return round(float(low), _DIGITS), round(float(high), _DIGITS)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Values of items, and where they belong, all of one length.

    cells: what the mean is taken over, each cell counting as ``weights`` says (equally, if None). clusters: scenes,
    whose items are alike. strata: scenes of one stratum were drawn alike. families: items that share their options.
    """

    values: ArrayLike
    cells: ArrayLike
    clusters: ArrayLike
    strata: ArrayLike
    families: ArrayLike
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True)
class _Spread:
    """A weighted mean of cell means with its linearised variance.

    trials: as many independent values as the mean is at least worth, if clusters are.
    """

    value: float
    variance: float
    freedom: float
    clusters: int
    few: bool
    trials: float

    @property
    def error(self) -> float:
        return math.sqrt(self.variance)

    def student(self) -> Any:
        return stats.t(self.freedom)

    def detectable(self) -> float | None:
        n = round(self.freedom, 1) + 1
        return _detectable_effect(n) * self.error * math.sqrt(n) if self.variance else None


def _spread(sample: Sample) -> _Spread | None:
    """Cluster-robust variance (Liang and Zeger 1986; Miller 2024, arXiv 2411.00640), by stratum, with Satterthwaite's
    (1946) degrees of freedom; None if some stratum has a single cluster, which shows no spread."""
    value = np.asarray(sample.values, dtype=float)
    names, cell = np.unique(np.asarray(sample.cells), return_inverse=True)
    _, first, cluster = np.unique(np.asarray(sample.clusters), return_index=True, return_inverse=True)
    shares = np.array([1.0 if sample.weights is None else sample.weights[str(name)] for name in names])
    shares = shares / shares.sum()
    per_cell = np.bincount(cell)
    means = np.bincount(cell, weights=value) / per_cell
    influence = np.bincount(cluster, weights=(shares / per_cell)[cell] * (value - means[cell]))
    share = np.bincount(cluster, weights=(shares / per_cell)[cell])
    _, stratum = np.unique(np.asarray(sample.strata)[first], return_inverse=True)
    size = np.bincount(stratum).astype(float)
    if size.min() < 2:
        return None
    centred = np.round(influence - (np.bincount(stratum, weights=influence) / size)[stratum], _DIGITS)
    variance = size / (size - 1) * np.bincount(stratum, weights=centred**2)
    total = float(variance.sum())
    freedom = total**2 / float((variance**2 / (size - 1)).sum()) if total else float(size.sum() - len(size))
    trials = round(float((size / np.bincount(stratum, weights=share)).min()), _DIGITS)
    mean = round(float(shares @ means), _DIGITS)
    return _Spread(mean, total, freedom, len(first), bool(size.min() < FEW_CLUSTERS), trials)


def clustered_share(sample: Sample, null: float | None = None) -> ClusteredEstimate | None:
    """The mean of scores in 0..1, and the test of whether it is ``null``, between 0 and 1 (p is NaN without).

    A t test of arcsin(sqrt(share)), whose variance hardly depends on the share (Anscombe 1948): the interval stays
    within 0..1, and its coverage near 95% with few clusters (``bench/coverage.py``). None if some stratum has a single
    cluster.

    Clusters that don't vary show no spread. Where their mean is ``null``, what guessing scores, that is by design (a
    constant letter scores it in every family), and the interval is that point. Otherwise it is for want of data: the
    interval and test of Wilson (1927) stand in, for as many trials as there are clusters in one stratum, divided by its
    share in the mean, and of these the fewest. That allows for all that is unseen being where it would change the mean
    most.
    """
    spread = _spread(sample)
    if spread is None:
        return None
    mean = spread.value
    if spread.variance and 0 < mean < 1:
        student, error = spread.student(), spread.error / (2 * math.sqrt(mean * (1 - mean)))
        half = float(student.ppf((1 + LEVEL) / 2)) * error
        low, high = (math.sin(min(max(_angle(mean) + side * half, 0), math.pi / 2)) ** 2 for side in (-1, 1))
        p = math.nan if null is None else float(2 * student.sf(abs(_angle(mean) - _angle(null)) / error))
    elif null is not None and mean == round(null, _DIGITS):
        low, high, p = mean, mean, 1.0
    else:
        low, high = wilson(mean * spread.trials, spread.trials)
        error = math.nan if null is None else math.sqrt(null * (1 - null) / spread.trials)
        p = math.nan if null is None else float(2 * stats.norm.sf(abs(mean - null) / error))
    return ClusteredEstimate(mean, low, high, p, spread.clusters, spread.few, spread.detectable())


def _angle(share: float) -> float:
    return math.asin(math.sqrt(share))


def clustered_difference(sample: Sample) -> ClusteredEstimate | None:
    """The mean of differences in -1..1, and the t test of whether it is 0. None if some stratum has a single cluster.

    Clusters that don't vary show no spread. Then as many families may differ as the exact upper limit for none of all
    allows (Clopper and Pearson 1934), each by at most 1; and p is no less than that of the sign test of the clusters,
    which all point one way.
    """
    spread = _spread(sample)
    if spread is None:
        return None
    mean, clusters = spread.value, spread.clusters
    if spread.variance:
        student = spread.student()
        half = float(student.ppf((1 + LEVEL) / 2)) * spread.error
        p = float(2 * student.sf(abs(mean) / spread.error))
        return ClusteredEstimate(mean, mean - half, mean + half, p, clusters, spread.few, spread.detectable())
    families = len(np.unique(np.asarray(sample.families)))
    half = 1 - ((1 - LEVEL) / 2) ** (1 / families)
    p = 1.0 if mean == 0 else min(1.0, max(2.0 ** (1 - clusters), 2 * (1 - abs(mean)) ** families))
    low, high = max(-1.0, mean - half), min(1.0, mean + half)
    if p >= 1 - LEVEL:
        low, high = min(low, 0.0), max(high, 0.0)
    return ClusteredEstimate(mean, low, high, p, clusters, spread.few, None)


def jackknife_interval(left_out: ArrayLike) -> tuple[float, float] | None:
    """95% t interval of a statistic from its values with each cluster left out in turn (Efron and Tibshirani 1993,
    section 11), about their mean; None if fewer than two are known, or they don't vary.

    left_out: NaN where the statistic isn't defined without that cluster; None if most are.
    """
    values = np.asarray(left_out, dtype=float)
    known = np.round(values[np.isfinite(values)], _DIGITS)
    if len(known) < 2 or len(known) < len(values) / 2 or np.ptp(known) == 0:
        return None
    n = len(known)
    error = math.sqrt((n - 1) / n * float(((known - known.mean()) ** 2).sum()))
    half = float(stats.t(n - 1).ppf((1 + LEVEL) / 2)) * error
    return float(known.mean() - half), float(known.mean() + half)


@cache  # the search is slow, and large tables ask it thousands of times for a few numbers
def _detectable_effect(n: float) -> float:
    """Smallest mean, in standard deviations, that a t test of n values detects with the wanted power."""
    return float(np.ravel(TTestPower().solve_power(nobs=n, alpha=1 - LEVEL, power=POWER))[0])


def mcnemar_exact(first: ArrayLike, second: ArrayLike) -> float:
    """Exact two-sided p of McNemar's test (1947) on right (1) and wrong (0) answers to the same items."""
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    table = [[int((a & b).sum()), int((a & ~b).sum())], [int((~a & b).sum()), int((~a & ~b).sum())]]
    return float(mcnemar(table, exact=True).pvalue)


def sign_flip_exact(differences: ArrayLike) -> float:
    """Exact two-sided p of paired differences if each could as well have had the other sign (Fisher 1935); McNemar's
    exact p where they are -1, 0 and 1.

    differences: of means of a few replies, so that they are multiples of a fraction of a small whole number.
    """
    values = np.asarray(differences, dtype=float)
    whole = next((values * n for n in range(1, LARGEST_SHARE) if _is_whole(values * n)), None)
    if whole is None:
        raise ValueError("differences are no multiples of a common small fraction")
    counts = np.ones(1)  # of sums of signs times sizes, from the least up, as shares of all signs
    for size in np.abs(np.rint(whole)).astype(int):
        counts = (np.pad(counts, (0, 2 * size)) + np.pad(counts, (2 * size, 0))) / 2
    most = (len(counts) - 1) // 2
    extreme = np.abs(np.arange(-most, most + 1)) >= abs(round(float(whole.sum())))
    return min(1.0, float(counts[extreme].sum()))


def _is_whole(values: ArrayLike) -> bool:
    return bool(np.allclose(values, np.rint(values), rtol=0, atol=1e-6))


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
    angle = _angle(chance) + _detectable_shift(n) / 2
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
