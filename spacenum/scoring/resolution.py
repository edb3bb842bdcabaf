"""Psychometric functions of two-choice questions: the separation at which a model is right three times in four.

The share of right answers at a separation x is 1/2 + (1/2 - lapse) F(ln x), with F the Weibull function in logarithms
(a Gumbel function): 1/2 at no separation, and 1 - lapse where options can't be confused. psignifit (Schütt, Harmeling,
Macke and Wichmann 2016, Vision Research 122) gives the posterior of threshold, width and lapse on a grid, with its own
priors.

Questions of one scene aren't independent. The design effect (Kish 1965) is the variance of scenes' residual sums over
their binomial variance, at least 1; the posterior is raised to one over it (the magnitude adjustment of Ribatet, Cooley
and Davison 2012, Statistica Sinica 22), so that its interval is as wide as the scenes' spread says.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spacenum.core.arrays import Array
from spacenum.scoring.rows import ScoreRow

REACHED = 0.75
"""Share of right answers at the threshold: halfway between guessing and no errors."""
GRID = {"threshold": 40, "width": 20, "lambda": 15, "gamma": 1, "eta": 1}
BEYOND = float(np.log(4))
"""How far beyond the separations that were asked a threshold may well lie: four times, or a quarter."""
CURVE_POINTS = 30
_QUANTILES = (0.025, 0.5, 0.975)
_DIGITS = 6


@dataclass(frozen=True)
class Psychometric:
    """A fitted function of separations.

    levels, shares, counts: separations that were asked, share of right answers, and questions. between, fitted: some
    separations, and the function's share at each. threshold, low, high: separation at ``REACHED`` and its 95% interval;
    infinite where the function never gets there. lapse: share of errors at the largest separations. design_effect: see
    above.
    """

    levels: Array
    shares: Array
    counts: Array
    between: Array
    fitted: Array
    threshold: float
    low: float
    high: float
    lapse: float
    design_effect: float

    @property
    def state(self) -> str:
        """Where the threshold lies: "measured", "not reached" (above every separation asked), "below" all, or
        "unclear": its interval goes beyond them on both sides, so that the answers say nothing of it."""
        if self.low < self.levels[0] and self.high > self.levels[-1]:
            return "unclear"
        if self.threshold > self.levels[-1]:
            return "not reached"
        return "below" if self.threshold < self.levels[0] else "measured"


def psychometric(separations: Sequence[float], right: Sequence[float], scenes: Sequence[str]) -> Psychometric:
    """Fit the function to answers, one entry each: separation (above 0), 1 if right or 0, and scene.

    ValueError unless there are two separations and two scenes.
    """
    x, y = np.asarray(separations, float), np.asarray(right, float)
    levels, place = np.unique(x, return_inverse=True)
    names, scene = np.unique(np.asarray(scenes), return_inverse=True)
    if len(levels) < 2 or len(names) < 2:
        raise ValueError("a psychometric function needs two separations and two scenes")
    counts = np.bincount(place).astype(float)
    told = np.bincount(place, weights=y).astype(float)
    result = _fit(np.log(levels), told, counts)
    effect = _design_effect(y, result.proportion_correct(np.log(levels))[place], scene)
    between = np.geomspace(levels[0], levels[-1], CURVE_POINTS)
    low, middle, high = np.exp(_quantiles(result, effect))
    return Psychometric(
        levels=levels,
        shares=told / counts,
        counts=counts,
        between=between,
        fitted=result.proportion_correct(np.log(between)),
        threshold=_rounded(middle),
        low=_rounded(low),
        high=_rounded(high),
        lapse=_rounded(result.get_parameter_estimate()["lambda"]),
        design_effect=_rounded(effect),
    )


def _fit(levels: Array, told: Array, counts: Array) -> Any:
    import psignifit  # when a function is fitted: scores of one mode need none of it

    data = np.column_stack([levels, np.round(told), counts])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on few trials a block: here a block is a separation
        return psignifit.psignifit(
            data,
            experiment_type="2AFC",
            sigmoid="weibull",
            fixed_parameters={"eta": 1e-6},  # overdispersion is the design effect's part
            stimulus_range=(levels[0] - BEYOND, levels[-1] + BEYOND),
            grid_steps=GRID,
            debug=True,
        )


def _design_effect(right: Array, expected: Array, scene: Array) -> float:
    sums = np.bincount(scene, weights=right - expected)
    clusters = len(sums)
    binomial = float((expected * (1 - expected)).sum())
    return max(1.0, clusters / (clusters - 1) * float((sums**2).sum()) / binomial) if binomial > 0 else 1.0


def _quantiles(result: Any, effect: float) -> Array:
    """Quantiles of the logarithm of the separation at ``REACHED``, over the posterior's grid."""
    from psignifit.sigmoids import sigmoid_by_name

    posterior = np.asarray(result.debug["posteriors"])
    weights = ((posterior / posterior.max()) ** (1 / effect)).ravel()
    names = sorted(result.parameter_values)
    grids = np.meshgrid(*(np.atleast_1d(result.parameter_values[name]) for name in names), indexing="ij")
    grid = dict(zip(names, (values.ravel() for values in grids), strict=True))
    level = np.full(len(weights), np.inf)
    gets_there = 1 - grid["lambda"] > REACHED + 1e-9
    level[gets_there] = sigmoid_by_name("weibull").inverse(
        REACHED, *(grid[name][gets_there] for name in ("threshold", "width", "gamma", "lambda"))
    )
    order = np.argsort(level, kind="stable")
    total = np.cumsum(weights[order])
    return np.asarray(level[order][np.searchsorted(total, np.array(_QUANTILES) * total[-1])])


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def of_rows(rows: Sequence[ScoreRow], relative: bool = False) -> Psychometric | None:
    """The function of two-choice rows of one model; None if they hold too little to fit one. relative: of Weber
    fractions in place of separations."""
    pairs = [row for row in rows if row.separation is not None]
    x = [row.weber_fraction if relative else row.separation for row in pairs]
    if len(set(x)) < 2 or len({row.scene for row in pairs}) < 2:
        return None
    return psychometric([float(v or 0) for v in x], [row.score for row in pairs], [row.scene for row in pairs])
