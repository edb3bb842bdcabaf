"""How common each failure is, and how far those who label agree. Shares in percent."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from spacenum.scoring.statistics import RESAMPLES, clustered_interval, percentile_interval
from spacenum.tables.base import columns, generator, percent
from spacenum.traces.labels import FAILURES, Failure, TraceLabels

SHARE_COLUMNS = columns("model source answers failure n unclear unlabelled count share low high clusters few_clusters")
AGREEMENT_COLUMNS = columns("model failure first second n both first_only second_only neither agreement kappa low high")
ALL = "all"
NONE = "none"
"""The row of traces without any failure."""

Pair = tuple[TraceLabels, TraceLabels]


def shares_table(labels: Sequence[TraceLabels], seed: int) -> pd.DataFrame:
    """Per model, source and failure, among all, right and wrong answers: how many of the n labelled traces show it.

    failure "none": traces without any. unclear, unlabelled: traces that n leaves out. low, high: BCa bootstrap of
    scenes. Answers without a letter stand under "all" alone.
    """
    table = [
        {"model": model, "source": source, "answers": answers, **row}
        for model, source in _pairs(labels)
        for answers in (ALL, "right", "wrong")
        for row in _shares(
            [one for one in labels if (one.model, one.source) == (model, source) and answers in (ALL, one.answer)],
            seed,
            answers,
        )
    ]
    return pd.DataFrame(table, columns=SHARE_COLUMNS)


def _pairs(labels: Iterable[TraceLabels]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one.model, one.source) for one in labels))


def _shares(labels: Sequence[TraceLabels], seed: int, answers: str) -> Iterator[dict[str, Any]]:
    labelled = [one for one in labels if one.outcome == "labelled"]
    for failure in (*FAILURES, NONE):
        shown = [float(failure in one.failures or (failure == NONE and not one.failures)) for one in labelled]
        scenes = [one.scene for one in labelled]
        interval = None
        if shown:
            rng = generator(seed, labels[0].model, labels[0].source, answers, failure)
            interval = clustered_interval(shown, scenes, rng)
        yield {
            "failure": failure,
            "n": len(shown),
            "unclear": sum(one.outcome == "unclear" for one in labels),
            "unlabelled": sum(one.outcome == "unlabelled" for one in labels),
            "count": int(sum(shown)),
            "share": percent(float(np.mean(shown))) if shown else None,
            "low": percent(interval.low) if interval else None,
            "high": percent(interval.high) if interval else None,
            "clusters": len(set(scenes)),
            "few_clusters": interval.few_clusters if interval else True,
        }


def agreement_table(labels: Sequence[TraceLabels], seed: int) -> pd.DataFrame:
    """Cohen's kappa of each pair of sources on the traces that both labelled,
    per failure, over all models and for each.

    both, first_only, second_only, neither: numbers of traces that the two say show the failure. agreement: percent.
    kappa: empty where it isn't defined (both always say the same thing). low, high: 95% percentile bootstrap of scenes;
    empty if resampling shows no spread, or kappa is mostly undefined.
    """
    given = {(one.model, one.item, one.source): one for one in labels if one.outcome == "labelled"}
    models, sources = (
        (list(dict.fromkeys(names)) for names in zip(*_pairs(labels), strict=True)) if labels else ([], [])
    )
    table = []
    for model in (ALL, *models):
        traces = dict.fromkeys((one.model, one.item) for one in labels if model in (ALL, one.model))
        for failure in FAILURES:
            for first, second in combinations(sources, 2):
                found = ((given.get((*trace, first)), given.get((*trace, second))) for trace in traces)
                both = [(a, b) for a, b in found if a and b]
                rng = generator(seed, model, failure, first, second)
                table.append(
                    {"model": model, "failure": failure, "first": first, "second": second, **_row(both, failure, rng)}
                )
    return pd.DataFrame(table, columns=AGREEMENT_COLUMNS)


def _row(pairs: Sequence[Pair], failure: Failure, rng: np.random.Generator) -> dict[str, Any]:
    counts = _counts(pairs, failure)
    total = counts.sum(axis=0)
    names = ("both", "first_only", "second_only", "neither")
    low, high = _interval(counts, rng) or (None, None)
    return {
        "n": len(pairs),
        **{name: int(count) for name, count in zip(names, total, strict=True)},
        "agreement": percent(float((total[0] + total[3]) / len(pairs))) if pairs else None,
        "kappa": kappa([failure in a.failures for a, _ in pairs], [failure in b.failures for _, b in pairs]),
        "low": low,
        "high": high,
    }


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Cohen's kappa (1960), to four decimals; None where chance agreement is perfect,
    or there is nothing to agree on."""
    if len({*first, *second}) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is undefined is NaN, and answered here
        found = float(cohen_kappa_score(first, second))
    return round(found, 4) + 0.0 if np.isfinite(found) else None


def _counts(pairs: Sequence[Pair], failure: Failure) -> NDArray[np.float64]:
    """Per scene: how often both, only the first, only the second and neither say that the failure is there."""
    scenes = {scene: place for place, scene in enumerate(sorted({a.scene for a, _ in pairs}))}
    counts = np.zeros((len(scenes), 4))
    for a, b in pairs:
        counts[scenes[a.scene], 2 * (failure not in a.failures) + (failure not in b.failures)] += 1
    return counts


def _interval(counts: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float] | None:
    if len(counts) < 2:
        return None
    drawn = rng.integers(len(counts), size=(RESAMPLES, len(counts)))
    replicates = kappa_of_counts(counts[drawn].sum(axis=1))
    usable = replicates[np.isfinite(replicates)]
    if not len(usable) or np.ptp(usable) == 0:
        return None
    found = percentile_interval(replicates)
    return (round(found[0], 4), round(found[1], 4)) if found else None


def kappa_of_counts(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen's kappa of (…, 4) numbers of both, first only, second only, neither; NaN where it isn't defined."""
    both, first, second, neither = np.moveaxis(counts, -1, 0)
    n = both + first + second + neither
    with np.errstate(invalid="ignore", divide="ignore"):
        agreed = (both + neither) / n
        chance = ((both + first) * (both + second) + (first + neither) * (second + neither)) / n**2
        # the last bit of a sum must not make a number of what isn't defined
        return np.asarray(np.where(np.round(chance, 12) < 1, (agreed - chance) / (1 - chance), np.nan))
