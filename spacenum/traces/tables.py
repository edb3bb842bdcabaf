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

from spacenum.items.schema import Cell
from spacenum.scoring.statistics import Sample, bounds, clustered_share, jackknife_interval
from spacenum.tables.base import columns, percent
from spacenum.traces.labels import FAILURES, Failure, TraceLabels

SHARE_COLUMNS = columns("model source answers failure n unclear unlabelled count share low high clusters few_clusters")
AGREEMENT_COLUMNS = columns("model failure first second n both first_only second_only neither agreement kappa low high")
ALL = "all"
NONE = "none"
"""The row of traces without any failure."""

Pair = tuple[TraceLabels, TraceLabels]


def shares_table(labels: Sequence[TraceLabels]) -> pd.DataFrame:
    """Per model, source and failure, among all, right and wrong answers: how many of the n labelled traces show it.

    failure "none": traces without any. unclear, unlabelled: traces that n leaves out. low, high: clustered by
    scene. Answers without a letter stand under "all" alone.
    """
    table = [
        {"model": model, "source": source, "answers": answers, **row}
        for model, source in _pairs(labels)
        for answers in (ALL, "right", "wrong")
        for row in _shares(
            [one for one in labels if (one.model, one.source) == (model, source) and answers in (ALL, one.answer)],
        )
    ]
    return pd.DataFrame(table, columns=SHARE_COLUMNS)


def _pairs(labels: Iterable[TraceLabels]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one.model, one.source) for one in labels))


def _shares(labels: Sequence[TraceLabels]) -> Iterator[dict[str, Any]]:
    labelled = [one for one in labels if one.outcome == "labelled"]
    for failure in (*FAILURES, NONE):
        shown = [float(failure in one.failures or (failure == NONE and not one.failures)) for one in labelled]
        found = clustered_share(_sample(labelled, shown)) if shown else None
        low, high = bounds(found)
        yield {
            "failure": failure,
            "n": len(shown),
            "unclear": sum(one.outcome == "unclear" for one in labels),
            "unlabelled": sum(one.outcome == "unlabelled" for one in labels),
            "count": int(sum(shown)),
            "share": percent(float(np.mean(shown))) if shown else None,
            "low": percent(low),
            "high": percent(high),
            "clusters": len(set(map(_scene, labelled))),
            "few_clusters": found.few_clusters if found else True,
        }


def _sample(labels: Sequence[TraceLabels], shown: Sequence[float]) -> Sample:
    """Whether each trace shows a failure, as the statistics take it."""
    return Sample(
        values=shown,
        cells=["all"] * len(labels),
        clusters=list(map(_scene, labels)),
        strata=list(map(_stratum, labels)),
        families=[one.item for one in labels],
    )


def _stratum(one: TraceLabels) -> str:
    cell = Cell.of(one.cell)
    return f"{cell.setting}/{cell.scale or ''}"


def _scene(one: TraceLabels) -> str:
    return f"{_stratum(one)}/{one.scene}"


def agreement_table(labels: Sequence[TraceLabels]) -> pd.DataFrame:
    """Cohen's kappa of each pair of sources on the traces that both labelled,
    per failure, over all models and for each.

    both, first_only, second_only, neither: numbers of traces that the two say show the failure. agreement: percent.
    kappa: empty where it isn't defined (both always say the same thing). low, high: 95%, from a jackknife over
    scenes; empty if that shows no spread, or kappa is mostly undefined.
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
                table.append(
                    {"model": model, "failure": failure, "first": first, "second": second, **_row(both, failure)}
                )
    return pd.DataFrame(table, columns=AGREEMENT_COLUMNS)


def _row(pairs: Sequence[Pair], failure: Failure) -> dict[str, Any]:
    counts = _counts(pairs, failure)
    total = counts.sum(axis=0)
    names = ("both", "first_only", "second_only", "neither")
    low, high = _interval(counts) or (None, None)
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
    scenes = {scene: place for place, scene in enumerate(sorted({_scene(a) for a, _ in pairs}))}
    counts = np.zeros((len(scenes), 4))
    for a, b in pairs:
        counts[scenes[_scene(a)], 2 * (failure not in a.failures) + (failure not in b.failures)] += 1
    return counts


def _interval(counts: NDArray[np.float64]) -> tuple[float, float] | None:
    if len(counts) < 2:
        return None
    found = jackknife_interval(kappa_of_counts(counts.sum(axis=0) - counts))
    return (round(max(found[0], -1.0), 4), round(min(found[1], 1.0), 4)) if found else None


def kappa_of_counts(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cohen's kappa of (…, 4) numbers of both, first only, second only, neither; NaN where it isn't defined."""
    both, first, second, neither = np.moveaxis(counts, -1, 0)
    n = both + first + second + neither
    with np.errstate(invalid="ignore", divide="ignore"):
        agreed = (both + neither) / n
        chance = ((both + first) * (both + second) + (first + neither) * (second + neither)) / n**2
        # the last bit of a sum must not make a number of what isn't defined
        return np.asarray(np.where(np.round(chance, 12) < 1, (agreed - chance) / (1 - chance), np.nan))
