"""The long tables behind the main table: cells, averages, proximity, coupling. Scores in percent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from spacenum.items.schema import TASKS
from spacenum.scoring.accuracy import averages, by_cell, few_scenes, pooled, scene_of, scenes_of, score_cell
from spacenum.scoring.coupling import coupling, wrong_replies
from spacenum.scoring.power import detectable_proximity
from spacenum.scoring.rows import ScoreRow
from spacenum.scoring.statistics import ClusteredEstimate, bounds, clustered_share, detectable_above
from spacenum.tables.base import ModelScores, columns, percent

CELL_COLUMNS = columns(
    "model kind cell n right wrong unparsed truncated accuracy wilson_low wilson_high cluster_low cluster_high clusters"
    " few_clusters chance majority_letter normalised detectable_items detectable_scenes"
)
AVERAGE_COLUMNS = columns(
    "model kind scope weighting n accuracy low high clusters few_clusters chance normalised"
    " detectable_items detectable_scenes"
)
PROXIMITY_COLUMNS = columns(
    "model kind task group n proximity low high clusters few_clusters chance always_second always_third"
    " detectable_items detectable_scenes"
)
COUPLING_COLUMNS = columns(
    "model kind task n_wrong error share low high clusters few_clusters guess detectable_items detectable_scenes"
)


def cells_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """One row per model and cell that ran.

    wilson_…: as if items were independent. cluster_…: clustered by scene (``statistics.clustered_share``). normalised:
    0 is chance, 100 perfect. detectable_…: points above chance that this many items, or scenes, could show with 80%
    power; empty if none could. For references with expected scores the counts of outcomes are 0.
    """
    return pd.DataFrame([row for model in scores for row in _cells(model)], columns=CELL_COLUMNS)


def _cells(model: ModelScores) -> Iterator[dict[str, Any]]:
    for cell, rows in by_cell(model.rows).items():
        score = score_cell(rows)
        yield {
            **_who(model),
            "cell": cell,
            "n": score.n,
            **{outcome: score.outcomes[outcome] for outcome in ("right", "wrong", "unparsed", "truncated")},
            "accuracy": percent(score.accuracy),
            "wilson_low": percent(score.wilson[0]),
            "wilson_high": percent(score.wilson[1]),
            **_bounds(score.clustered, "cluster_low", "cluster_high"),
            "clusters": score.clusters,
            "few_clusters": score.few_clusters,
            "chance": percent(score.chance),
            "majority_letter": percent(score.majority_letter),
            "normalised": percent(score.normalised),
            "detectable_items": percent(score.detectable_items),
            "detectable_scenes": percent(score.detectable_scenes),
        }


def averages_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """One row per model, scope and weighting: "cells" is the plain mean over cells, as in the paper's
    Table 2, "items" counts every item, "settings" each setting, and within it every item, the same.

    A scope of which a cell did not run has no row. low, high: clustered by scene within setting and scale
    (``statistics.clustered_share``). detectable_…: as in ``cells_table``.
    """
    table = []
    for model in scores:
        for average in averages(model.rows).values():
            table.append(
                {
                    **_who(model),
                    "scope": average.scope,
                    "weighting": average.weighting,
                    "n": average.n,
                    "accuracy": percent(average.accuracy),
                    **_bounds(average.estimate),
                    "clusters": average.clusters,
                    "few_clusters": average.few_clusters,
                    "chance": percent(average.chance),
                    "normalised": percent(average.normalised),
                    "detectable_items": percent(average.detectable_items),
                    "detectable_scenes": percent(average.detectable_scenes),
                }
            )
    return pd.DataFrame(table, columns=AVERAGE_COLUMNS)


def proximity_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """Proximity points (0..100) by task and action, over items; "all" in a column means over everything in it.

    always_second, always_third: points of taking the second or third smallest number unseen. Guessing gets ``chance``.
    detectable_…: points above that which this many items, or scenes, could show with 80% power; at most, for options
    of which two are equally far from the truth spread less. Empty if none could.
    """
    table = []
    for model in scores:
        for (task, group), rows in _task_and_group([row for row in model.rows if row.proximity is not None]):
            guessed = float(_points(rows, "proximity_chance").mean()) / 100
            found = clustered_share(pooled(rows, list(_points(rows, "proximity") / 100)), guessed)
            table.append(
                {
                    **_who(model),
                    "task": task,
                    "group": group,
                    "n": len(rows),
                    "proximity": round(_points(rows, "proximity").mean(), 2),
                    **_spread(found, rows),
                    "chance": round(_points(rows, "proximity_chance").mean(), 2),
                    "always_second": round(_points(rows, "proximity_second").mean(), 2),
                    "always_third": round(_points(rows, "proximity_third").mean(), 2),
                    "detectable_items": percent(detectable_proximity(len(rows))),
                    "detectable_scenes": percent(detectable_proximity(len({scene_of(row) for row in rows}))),
                }
            )
    return pd.DataFrame(table, columns=PROXIMITY_COLUMNS)


def _task_and_group(rows: Sequence[ScoreRow]) -> Iterator[tuple[tuple[str, str], list[ScoreRow]]]:
    groups = list(dict.fromkeys(row.group for row in rows if row.group))
    for task in ("all", *TASKS):
        for group in ("all", *groups):
            found = [row for row in rows if task in ("all", row.task) and group in ("all", row.group)]
            if found:
                yield (task, group), found


def _points(rows: Sequence[ScoreRow], field: str) -> pd.Series[float]:
    return pd.Series([getattr(row, field) for row in rows], dtype=float)


def coupling_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """Shares of the wrong answers to layout items of variation "both", by what is wrong, beside those of guessing.

    A row for each model, and for each family of VLMs (``model`` is its name, ``kind`` is "family"), over the answers of
    all of its models.

    detectable_…: points above ``guess`` that this many wrong answers, or their scenes, could show with 80% power; empty
    if none could.
    """
    table = []
    scores = list(scores)
    of_models = [(_who(model), model.rows) for model in scores]
    for who, answered in [*of_models, *_of_families(scores)]:
        for task in ("all", *TASKS):
            rows = [row for row in answered if task in ("all", row.task) and row.variation == "both"]
            wrong = [row for row, _ in wrong_replies(rows)]
            for error in coupling(rows) if rows else []:
                table.append(
                    {
                        **who,
                        "task": task,
                        "n_wrong": error.n_wrong,
                        "error": error.error,
                        "share": percent(error.share),
                        **_spread(error.estimate, wrong),
                        "guess": percent(error.guess),
                        "detectable_items": percent(_detectable(error.guess, len(wrong))),
                        "detectable_scenes": percent(_detectable(error.guess, len({scene_of(row) for row in wrong}))),
                    }
                )
    return pd.DataFrame(table, columns=COUPLING_COLUMNS)


def _of_families(scores: Sequence[ModelScores]) -> Iterator[tuple[dict[str, Any], list[ScoreRow]]]:
    families = dict.fromkeys(model.info.family for model in scores if model.info.kind == "vlm")
    for family in filter(None, families):
        members = [model for model in scores if model.info.family == family and model.info.kind == "vlm"]
        yield {"model": family, "kind": "family"}, [row for model in members for row in model.rows]


def _detectable(guess: float | None, n: int) -> float | None:
    return detectable_above(guess, n) if guess is not None and n else None


def _who(model: ModelScores) -> dict[str, Any]:
    return {"model": model.info.name, "kind": model.info.kind}


def _bounds(found: ClusteredEstimate | None, low: str = "low", high: str = "high") -> dict[str, float | None]:
    return {name: percent(value) for name, value in zip((low, high), bounds(found), strict=True)}


def _spread(found: ClusteredEstimate | None, rows: Sequence[ScoreRow]) -> dict[str, Any]:
    scenes = scenes_of(rows)
    return {**_bounds(found), "clusters": scenes.total(), "few_clusters": not rows or few_scenes(scenes)}
