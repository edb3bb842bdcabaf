"""What figures share that draw tables of one model under two conditions (``spacenum.tables.paired``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paper_figures.base import Tables
from paper_figures.dots import DIFFERENCE
from spacenum.scoring.weighting import Weighting

if TYPE_CHECKING:
    import pandas as pd

CHANGE = "change in accuracy"


def both(
    table: pd.DataFrame, scopes: Mapping[str, str], before: str, after: str, weighting: Weighting = "items"
) -> Iterator[dict[str, Any]]:
    """Both accuracies and their difference for each model. scopes: of the table, each with its panel's name.
    weighting: of the mean; a cell is a mean over items."""
    for scope, panel in scopes.items():
        for row in _of(table, scope, weighting):
            place = {"row": row["model"], "panel": panel, "n": row["n"], "reference": row.get("chance")}
            yield place | {"series": before, "value": row["base"]}
            yield place | {"series": after, "value": row["changed"]}
            yield place | difference(row) | {"series": DIFFERENCE}


def differences(
    tables: Tables, places: Mapping[str, tuple[str, str]], weighting: Weighting = "items"
) -> Iterator[dict[str, Any]]:
    """Differences with their intervals. places: for each panel, the table and the scope;
    tables that aren't there are left out. weighting: as in ``both``."""
    for panel, (name, scope) in places.items():
        for row in _of(tables[name], scope, weighting) if name in tables else []:
            place = {"row": row["model"], "panel": panel, "series": CHANGE, "n": row["n"], "reference": 0}
            yield place | difference(row)


def _of(table: pd.DataFrame, scope: str, weighting: Weighting) -> Sequence[Mapping[Any, Any]]:
    return table[(table["scope"] == scope) & (table["weighting"] == weighting)].to_dict("records")


def difference(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The value and interval of a row's difference."""
    return {"value": row["difference"], "low": row["low"], "high": row["high"]}


def published_differences(table: pd.DataFrame, columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Published differences. columns: of the table, each with its panel."""
    for column, panel in columns.items():
        for row in table.to_dict("records"):
            yield {
                "row": row["model"],
                "panel": panel,
                "series": CHANGE,
                "value": row[column],
                "reference": 0,
            }


def published_both(
    table: pd.DataFrame, columns: Mapping[str, tuple[str, str, float]], before: str, after: str
) -> Iterator[dict[str, Any]]:
    """Published accuracies of both conditions. columns: for each panel, the columns before and after, and chance."""
    for panel, (first, second, chance) in columns.items():
        for row in table.to_dict("records"):
            place = {"row": row["model"], "panel": panel, "reference": chance}
            yield place | {"series": before, "value": row[first]}
            yield place | {"series": after, "value": row[second]}
