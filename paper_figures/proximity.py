"""Figure 3a: how close wrong answers in transitions come to the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots

if TYPE_CHECKING:
    import pandas as pd

PANEL, BLIND_CHANCE = "Transition, both tasks", 52.5


def _ours(tables: Tables) -> pd.DataFrame:
    table = tables["proximity"]
    rows = []
    for row in table[(table["task"] == "all") & (table["group"] == "all")].to_dict("records"):
        place = {"row": row["model"], "panel": PANEL, "n": row["n"], "reference": row["chance"]}
        rows.append(place | {"series": "proximity", "value": row["proximity"], "low": row["low"], "high": row["high"]})
        middle = max(row["always_second"], row["always_third"])
        rows.append(place | {"series": "a middle value, taken unseen", "value": middle})
    return tidy(rows)


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(
        {
            "row": row["model"],
            "panel": PANEL,
            "series": "proximity",
            "value": row["proximity"],
            "reference": BLIND_CHANCE,
        }
        for row in table.to_dict("records")
    )


FIGURE = PaperFigure(
    number="Figure 3a",
    title="Proximity of answers in transitions: 100, 70, 40, 0 for the exact, nearest, next and farthest option",
    sees="Whether wrong answers are near misses. Guessing earns 52.5, but always taking a middle value earns more than "
    "that without a look at the images, so a score means something only beyond both.",
    plot=Dots(label="proximity score", reference="guessing"),
    tables=("proximity",),
    ours=_ours,
    published="fig3a_proximity",
    from_published=_from_published,
)
