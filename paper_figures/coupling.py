"""Figure 3b: what is wrong with wrong answers to layouts in which position and size vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.shares import Shares
from paper_figures.shown import FAMILY

if TYPE_CHECKING:
    import pandas as pd

ERRORS = {"size_wrong": "size only", "position_wrong": "position only", "both_wrong": "both"}
GUESSED = 100 / 3  # of three wrong options, one each


def _ours(tables: Tables) -> pd.DataFrame:
    """A row for each family of VLMs; other models by themselves, but for references, which don't err."""
    table = tables["coupling"]
    within = (table["kind"] == "vlm") & table["family"].notna()
    shown = table[(table["task"] == "all") & ~within & (table["kind"] != "reference")]
    families_first = shown.assign(first=shown["kind"] != FAMILY).sort_values("first", kind="stable")
    return tidy(
        {"row": row["model"], "panel": "Layout", "series": ERRORS[row["error"]], "value": row["share"],
         "low": row["low"], "high": row["high"], "n": row["n_wrong"], "reference": row["guess"]}
        for error in ERRORS for row in families_first[families_first["error"] == error].to_dict("records")
    )  # fmt: skip


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(
        {"row": row["family"], "panel": "Layout", "series": name, "value": row[error], "reference": GUESSED}
        for error, name in ERRORS.items()
        for row in table.to_dict("records")
    )


FIGURE = PaperFigure(
    number="Figure 3b",
    title="Wrong answers to layouts in which position and size vary, by what is wrong",
    sees="Whether position and size go wrong together more often than guessing among the "
    "three wrong options would have it. All wrong answers of a family's models count alike; "
    "results/tables/coupling.csv has intervals, and each model by itself.",
    plot=Shares(label="share of wrong answers (%)", reference="guessing", empty="no wrong choices"),
    tables=("coupling",),
    ours=_ours,
    published="fig3b_error_coupling",
    from_published=_from_published,
)
