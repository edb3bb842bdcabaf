"""How finely models tell numbers apart: thresholds of two-choice questions, and the curves that they come from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from spacenum.geometry.poses import DIRECTIONS
from spacenum.items.schema import DIMENSIONS, TASKS
from spacenum.scoring.accuracy import accuracy
from spacenum.scoring.resolution import Psychometric, of_rows
from spacenum.scoring.rows import NO_LETTER, ScoreRow
from spacenum.scoring.statistics import FEW_CLUSTERS
from spacenum.tables.base import ModelScores, check_names, columns, percent

RESOLUTION_COLUMNS = columns(
    "model kind task group unit n scenes few_clusters accuracy unread state threshold low high"
    " weber weber_low weber_high lapse smallest largest design_effect"
)
PSYCHOMETRIC_COLUMNS = columns("model kind task group unit separation n accuracy fitted")
UNITS = {group: "m" if group.startswith("move") else "deg" for group in DIRECTIONS} | dict.fromkeys(DIMENSIONS, "map")


def resolution_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """One row per model, task and group with two-choice questions.

    threshold: the separation at which it is right in 75% (``scoring.resolution``), in ``unit``: m, deg, or units of the
    map; low, high: its 95% interval, with scenes as clusters, empty where it has no end. weber, weber_…: the same as a
    share of the numbers. state: "measured"; "not reached" if the threshold is above every separation asked
    (``largest``), and "below" if it is under all (``smallest``): then it is empty, and low or high says what is known;
    "unclear" if the interval holds all of them.
    unread: replies without a letter of the two. lapse: percent of errors that stay at large separations. few_clusters:
    fewer scenes than intervals need.
    """
    return pd.DataFrame([_resolution(*found) for found in _groups(scores)], columns=RESOLUTION_COLUMNS)


def psychometric_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """One row per model, task, group and separation that was asked: questions, and percent right; and rows of
    separations in between, with the percent that the function says (``fitted``), unless its threshold isn't reached:
    what it says beyond the data is then its prior."""
    rows: list[dict[str, Any]] = []
    for who, members in _groups(scores):
        curve = of_rows(members)
        if curve is None:
            continue
        for x, n, share in zip(curve.levels, curve.counts, curve.shares, strict=True):
            rows.append(who | {"separation": float(x), "n": int(n), "accuracy": percent(float(share))})
        reached = curve.state != "not reached"
        for x, fitted in zip(curve.between, curve.fitted, strict=True) if reached else ():
            rows.append(who | {"separation": float(f"{x:.6g}"), "fitted": percent(float(fitted))})
    return pd.DataFrame(rows, columns=PSYCHOMETRIC_COLUMNS)


def _groups(scores: Iterable[ModelScores]) -> Iterator[tuple[dict[str, Any], list[ScoreRow]]]:
    """Who was asked what, and the rows of it."""
    models = list(scores)
    check_names(models)
    for model in models:
        for task in TASKS:
            for group, unit in UNITS.items():
                members = [row for row in model.rows if (row.task, row.group) == (task, group)]
                if members:
                    who = {"model": model.info.name, "kind": model.info.kind}
                    yield who | {"task": task, "group": group, "unit": unit}, members


def _resolution(who: dict[str, Any], rows: list[ScoreRow]) -> dict[str, Any]:
    scenes = len({row.scene for row in rows})
    told = who | {"n": len(rows), "scenes": scenes, "few_clusters": scenes < FEW_CLUSTERS}
    unread = sum(row.outcome in NO_LETTER.values() for row in rows)
    told |= {"accuracy": percent(accuracy(rows)), "unread": unread}
    absolute, relative = of_rows(rows), of_rows(rows, relative=True)
    if absolute is None or relative is None:
        return told
    return told | {
        "state": absolute.state,
        **_threshold(absolute, "threshold", ""),
        **_threshold(relative, "weber", "weber_"),
        "lapse": percent(absolute.lapse),
        "smallest": float(absolute.levels[0]),
        "largest": float(absolute.levels[-1]),
        "design_effect": round(absolute.design_effect, 2),
    }


def _threshold(curve: Psychometric, name: str, prefix: str) -> dict[str, float | None]:
    """The threshold if it was measured, and the ends of its interval that lie within what was asked."""
    return {
        name: curve.threshold if curve.state == "measured" else None,
        f"{prefix}low": curve.low if math.isfinite(curve.low) and curve.low >= curve.levels[0] else None,
        f"{prefix}high": curve.high if math.isfinite(curve.high) and curve.high <= curve.levels[-1] else None,
    }
