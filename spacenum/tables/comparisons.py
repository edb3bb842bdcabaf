"""Who differs from whom: every model against chance, and pairs of models on the same items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import SETTINGS
from spacenum.scoring.accuracy import SCOPES, by_cell
from spacenum.scoring.paired import Comparison, against_chance, compare
from spacenum.scoring.rows import ScoreRow
from spacenum.tables.base import ModelScores, check_names, columns
from spacenum.tables.tested import adjusted, tested

COLUMNS = columns(
    "model other scope n clusters few_clusters difference low high detectable clustered_p exact_test exact_p adjusted_p"
    " adjustment"
)
TOTALS = ("all", *SETTINGS)
Cells = dict[str, list[ScoreRow]]


def comparisons_table(scores: Iterable[ModelScores], pairs: Sequence[tuple[str, str]] | None = None) -> pd.DataFrame:
    """Differences in points, per cell and in total, for pairs on the items that both have; references are left out,
    whose scores are known exactly, and shortcuts, which stand in ``shortcuts_table``.

    pairs: names of the models to compare with one another; all pairs if None. scope: a cell, or "all", "transition" or
    "layout" for the plain mean over its cells, if all of them ran. low, high, clustered_p and detectable (points, 80%
    power) come from the test clustered by scene. exact_p: McNemar's test for pairs, the binomial test against chance,
    over items. adjusted_p: of clustered_p, by Holm over all totals of this table ("holm") and by Benjamini-Hochberg
    over all of its cells ("bh").
    """
    models = {model.info.name: by_cell(model.rows) for model in _models(list(scores))}
    chosen = list(combinations(models, 2)) if pairs is None else pairs
    unknown = {name for pair in chosen for name in pair} - set(models)
    if unknown:
        raise SpaceNumError(f"cannot compare {min(unknown)}: the models with scores are {', '.join(models)}")
    table = [
        _row(name, "chance", scope, against_chance(rows)) for name in models for scope, rows in _scopes(models[name])
    ]
    for first, second in chosen:
        shared = _shared(models[first], models[second])
        others = _shared(models[second], models[first])
        for scope, rows in _scopes(shared):
            table.append(_row(first, second, scope, compare(rows, _rows_of(others, scope))))
    found = pd.DataFrame(table, columns=COLUMNS)
    return adjusted(found, found["scope"].isin(TOTALS))


def _models(scores: list[ModelScores]) -> list[ModelScores]:
    check_names(scores)
    return [model for model in scores if model.info.kind not in ("reference", "shortcut")]


def _shared(cells: Cells, others: Cells) -> Cells:
    """The rows of items that both have: a person may be asked a share of a cell."""
    wanted = {row.item for rows in others.values() for row in rows}
    kept = {cell: [row for row in rows if row.item in wanted] for cell, rows in cells.items()}
    return {cell: rows for cell, rows in kept.items() if rows}


def _scopes(cells: Cells) -> Iterator[tuple[str, list[ScoreRow]]]:
    for scope in (*TOTALS, *cells):
        if scope in cells or set(SCOPES[scope]) <= set(cells):
            yield scope, _rows_of(cells, scope)


def _rows_of(cells: Cells, scope: str) -> list[ScoreRow]:
    return [row for cell in SCOPES.get(scope, (scope,)) for row in cells[cell]]


def _row(model: str, other: str, scope: str, result: Comparison) -> dict[str, Any]:
    return {"model": model, "other": other, "scope": scope, **tested(result)} | {
        "exact_test": result.exact_test if result.exact_p is not None else None
    }
