"""Learning curves of models that are trained from random weights by this pipeline; nothing of the paper's."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.lines import Lines

if TYPE_CHECKING:
    import pandas as pd

ASKED = {"space2num": "S→N", "num2space": "N→S"}
SEEN, UNSEEN = "right", "the same with black images"


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(row for model, curve in tables["pretraining"].groupby("model") for row in _rows(str(model), curve))


def _rows(model: str, curve: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for line in curve[curve["measure"] == "letters"].to_dict("records"):
        share = 100 * line["step"] / curve["step"].max()
        for series, key in ((SEEN, "value"), (UNSEEN, "unseen")):
            if line[key] == line[key]:  # no NaN
                yield {"row": _panel(model, line), "panel": share, "series": series, "value": line[key]}


def _panel(model: str, line: Mapping[Hashable, Any]) -> str:
    return f"{model}:\n{line['of']} {ASKED.get(line['task'], '')}".strip()


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Training from random weights: right letters on held-out training scenes, by the share of steps",
    sees="Whether each group of questions is learnt, beside the same with black images.",
    plot=Lines(x="steps of the optimiser (%)", y="right (%)"),
    tables=("pretraining",),
    ours=_ours,
)
