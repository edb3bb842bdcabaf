"""Beyond the paper: psychometric functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.curves import Curves, fit_of
from spacenum.tables.names import NAMES, group_name

if TYPE_CHECKING:
    import pandas as pd

AXES = {"m": "m", "deg": "°", "map": "map units"}


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(row for point in tables["psychometric"].to_dict("records") for row in _point(point))


def _point(point: Any) -> Iterator[dict[str, Any]]:
    title = f"{NAMES[point['task']]}, {group_name(point['group'])} ({AXES[point['unit']]})"
    place = {"row": title, "panel": point["separation"], "n": point["n"], "reference": 50.0}
    if point["n"] > 0:
        yield place | {"series": point["model"], "value": point["accuracy"]}
    else:
        yield place | {"series": fit_of(point["model"]), "value": point["fitted"], "n": None}


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Right answers by how far two options are apart",
    sees="A model that grounds numbers goes from guessing (50%, dotted) to all right as the options move apart; where "
    "the line crosses 75% is its threshold.",
    plot=Curves(y="right (%)"),
    tables=("psychometric",),
    ours=_ours,
    clusters=None,
)
