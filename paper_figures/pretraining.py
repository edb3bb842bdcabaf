"""Learning curves of models that are trained from nothing by this pipeline; nothing of the paper's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.lines import Lines

if TYPE_CHECKING:
    import pandas as pd

SHOWN = {
    "matching": {"matched_held_out": ("matched, numbers or letters right", 100), "staying": ("the same, unseen", 100)},
    **{
        f"{lesson}, {name}": {
            f"{lesson}_{task}": ("matched, numbers or letters right", 1),
            f"blind_{lesson}_{task}": ("the same, unseen", 1),
        }
        for lesson in ("numbers", "letters")
        for task, name in {"space2num": "S→N", "num2space": "N→S"}.items()
    },
}
"""Panels; in each, columns of the table as series, and what makes them percent."""


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(row for model, curve in tables["pretraining"].groupby("model") for row in _rows(str(model), curve))


def _rows(model: str, curve: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for panel, columns in SHOWN.items():
        for column, (series, factor) in columns.items():
            for line in curve.dropna(subset=[column]).to_dict("records"):
                share = 100 * line["step"] / curve["step"].max()
                yield {"row": f"{model}: {panel}", "panel": share, "series": series, "value": factor * line[column]}


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Training from nothing: what held-out training scenes show, by the share of steps",
    sees="Whether dense matching, numbers and letters are learnt, each beside what it would be unseen: tokens that stay in their "
    "place, and black images.",
    plot=Lines(x="steps of the optimiser (%)", y="right (%)"),
    tables=("pretraining",),
    ours=_ours,
)
