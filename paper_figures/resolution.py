"""Beyond the paper: how finely models tell numbers apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.style import PAGE_IN
from spacenum.tables.names import NAMES, group_name

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = {"not reached": math.inf, "below": -math.inf}


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(_threshold(row) for row in tables["resolution"].to_dict("records"))


def _threshold(row: Any) -> dict[str, Any]:
    """In percent of the numbers; an interval without an end goes from 0, or beyond the axis."""
    place = {"row": row["model"], "panel": group_name(row["group"]), "series": NAMES[row["task"]], "n": row["n"]}
    if row["state"] in OUTSIDE:
        return place | {"value": OUTSIDE[row["state"]]}
    if row["state"] == "unclear":
        return place | {"value": math.nan}
    low, high = (100 * row[f"weber_{end}"] for end in ("low", "high"))
    return place | {
        "value": 100 * row["weber"],
        "low": 0.0 if math.isnan(low) else low,
        "high": math.inf if math.isnan(high) else high,
    }


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Spatial resolution: the smallest difference between two numbers that is told apart in 75%",
    sees="How far apart two options must be, as a share of the numbers (Weber fraction), for a model to choose rightly "
    "between them three times in four; guessing is right in two of four. An open arrow to the right: not reached at "
    "any separation asked; to the left: reached at every one; "
    "no mark: the answers leave it open.",
    plot=Dots(label="threshold (% of the numbers)", reference=None, across=7, width_in=PAGE_IN),
    tables=("resolution",),
    ours=_ours,
)
