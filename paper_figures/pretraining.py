"""Learning curves of models that are trained from nothing by this pipeline; nothing of the paper's."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.lines import Lines

if TYPE_CHECKING:
    import pandas as pd

SHARES = ("matched", "named")
"""Measures of tokens that are shares; depth and how far things moved are lengths, and stay in the table."""
ASKED = {"space2num": "S→N", "num2space": "N→S"}
SEEN, UNSEEN = "right", "the same, unseen"


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(row for model, curve in tables["pretraining"].groupby("model") for row in _rows(str(model), curve))


def _rows(model: str, curve: pd.DataFrame) -> Iterator[dict[str, Any]]:
    shown = curve[curve["measure"].isin([*SHARES, "numbers", "letters"])]
    for line in shown.to_dict("records"):
        factor = 100 if line["measure"] in SHARES else 1
        share = 100 * line["step"] / curve["step"].max()
        for series, key in ((SEEN, "value"), (UNSEEN, "unseen")):
            if line[key] == line[key]:  # no NaN
                yield {"row": _panel(model, line), "panel": share, "series": series, "value": factor * line[key]}


def _panel(model: str, line: Mapping[Hashable, Any]) -> str:
    if line["measure"] in SHARES:
        return f"{model}:\ntokens {line['measure']}"
    task = ASKED.get(line["task"], "")
    return f"{model}:\n{line['measure']}, {line['of']} {task}".strip()


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Training from nothing: what held-out training scenes show, by the share of steps",
    sees="Whether tokens, numbers and letters are learnt, each beside what it would be unseen: tokens that stay in "
    "their place, the usual name of each place, and black images.",
    plot=Lines(x="steps of the optimiser (%)", y="right (%)"),
    tables=("pretraining",),
    ours=_ours,
)
