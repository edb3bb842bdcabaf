"""Beyond the paper: how finely models tell numbers apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from spacenum.tables.names import group_name

if TYPE_CHECKING:
    import pandas as pd

OUTSIDE = {"not reached": math.inf, "below": -math.inf}


def _ours(tables: Tables) -> pd.DataFrame:
    from spacenum.tables.names import NAMES

    return tidy(
        {
            "row": row["model"],
            "panel": group_name(row["group"]),
            "series": NAMES[row["task"]],
            "value": OUTSIDE.get(row["state"], row["weber"]),
            "low": row["weber_low"],
            "high": row["weber_high"],
            "n": row["n"],
        }
        for row in tables["resolution"].to_dict("records")
    )


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Spatial resolution: the smallest difference between two numbers that is told apart in 75%",
    sees="How far apart two options must be, as a share of the numbers (Weber fraction), for a model to choose rightly "
    "between them three times in four; guessing is right in two of four. An open arrow to the right: not reached at "
    "any separation asked; to the left: reached at every one.",
    plot=Dots(label="threshold (Weber fraction, logarithmic)", reference=None, log=True),
    tables=("resolution",),
    ours=_ours,
)
