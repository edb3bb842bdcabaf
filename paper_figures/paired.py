"""What figures share that draw tables of one model under two conditions (``spacenum.tables.paired``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from paper_figures.base import Tables
from paper_figures.dots import DIFFERENCE

if TYPE_CHECKING:
    import pandas as pd


def both(table: pd.DataFrame, scopes: Mapping[str, str], before: str, after: str) -> Iterator[dict[str, Any]]:
    """Both accuracies and their difference for each model. scopes: of the table, each with its panel's name."""
    for scope, panel in scopes.items():
        for row in table[table["scope"] == scope].to_dict("records"):
            place = {"row": row["model"], "panel": panel, "n": row["n"], "reference": row.get("chance")}
            yield place | {"series": before, "value": row["base"]}
            yield place | {"series": after, "value": row["changed"]}
            yield place | difference(row) | {"series": DIFFERENCE}


def differences(
    tables: Tables, places: Mapping[str, tuple[str, str]], series: str = "change in accuracy"
) -> Iterator[dict[str, Any]]:
    """Differences with their intervals. places: for each panel, the table and the scope;
    tables that aren't there are left out."""
    for panel, (name, scope) in places.items():
        table = tables.get(name)
        for row in [] if table is None else table[table["scope"] == scope].to_dict("records"):
            yield {"row": row["model"], "panel": panel, "series": series, "n": row["n"], "reference": 0} | difference(
                row
            )


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
                "series": "change in accuracy",
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
