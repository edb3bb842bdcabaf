"""Figure 3a: how close wrong answers in transitions come to the truth, by size and family."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.by_size import UNSIZED, BySize

if TYPE_CHECKING:
    import pandas as pd

BLIND_CHANCE = 52.5
MIDDLE = "a middle value, unseen"


def _ours(tables: Tables) -> pd.DataFrame:
    table = tables["proximity"]
    rows = []
    for row in table[(table["task"] == "all") & (table["group"] == "all")].to_dict("records"):
        sized = row["kind"] == "vlm" and row["parameters_b"] == row["parameters_b"]
        place: dict[str, Any] = {"row": row["model"], "n": row["n"], "reference": row["chance"]}
        family = str(row["family"] or row["model"]) if sized else UNSIZED
        bounds = {"value": row["proximity"], "low": row["low"], "high": row["high"]}
        rows.append(place | bounds | {"panel": row["parameters_b"] if sized else None, "series": family})
        middle = max(row["always_second"], row["always_third"])
        rows.append(place | {"series": MIDDLE, "value": middle})
    return tidy(rows)


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(_published(row["model"], row["proximity"]) for row in table.to_dict("records"))


def _published(model: str, value: float) -> dict[str, Any]:
    """The family and the size are the model's name."""
    family, size = re.fullmatch(r"(.+)-([0-9.]+)B", model).groups()  # type: ignore[union-attr]
    return {"row": model, "panel": float(size), "series": family, "value": value, "reference": BLIND_CHANCE}


FIGURE = PaperFigure(
    number="Figure 3a",
    title="Proximity of answers in transitions, by size: 100, 70, 40, 0 for the exact, nearest, next and farthest "
    "option",
    sees="Whether wrong answers are near misses. Guessing earns 52.5, but always taking a middle value earns more than "
    "that without a look at the images, so a score means something only beyond both.",
    plot=BySize(y="proximity score", reference="guessing", levels=(MIDDLE,)),
    tables=("proximity",),
    ours=_ours,
    published="fig3a_proximity",
    from_published=_from_published,
)
