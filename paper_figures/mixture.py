"""Figure 7b: LoRA on mixtures of transitions and layouts at a fixed number of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.lines import Lines
from spacenum.scoring.weighting import Weighting

if TYPE_CHECKING:
    import pandas as pd

GROUPS: dict[str, tuple[str, Weighting]] = {
    "all": ("overall", "settings"),
    "transition": ("transition", "items"),
    "layout": ("layout", "items"),
}
"""The line of each group, and its mean: the paper's "overall" is the mean of its two settings at all 14 points
(docs/verification.md); that each setting's is over items is inferred from Figure 4a and Table 3."""


def _ours(tables: Tables) -> pd.DataFrame:
    table = tables["mixture"]
    return tidy(
        {"row": _panel(row["model"], row["train_size"]), "panel": row["transition_percent"], "series": series,
         "value": row["tuned"], "low": row["tuned_low"], "high": row["tuned_high"], "n": row["n"],
         "reference": row["chance"]}
        for group, (series, weighting) in GROUPS.items()
        for row in table[(table["group"] == group) & (table["weighting"] == weighting)].to_dict("records")
    )  # fmt: skip


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(
        {"row": _panel(row["model"], row["train_size"]), "panel": row["transition_percent"], "series": series,
         "value": row[series]}
        for series, _ in GROUPS.values() for row in table.to_dict("records")
    )  # fmt: skip


def _panel(model: str, size: float) -> str:
    return f"{model}: {f'{size:,.0f}' if size > 0 else 'all'} items"


FIGURE = PaperFigure(
    number="Figure 7b",
    title="LoRA tuned on mixtures of transitions and layouts, by the share of transitions",
    sees="Which share serves both settings best at a fixed number of items; results/tables/mixture.csv has the change "
    "against the base with its interval. Overall is the mean of the two settings, and each of these is over items. "
    "Published points are read off the paper's plot.",
    plot=Lines(x="transitions among the training items (%)", y="accuracy (%)"),
    tables=("mixture",),
    ours=_ours,
    published="fig7b_mixture_read_from_plot",
    from_published=_from_published,
)
