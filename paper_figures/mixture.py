"""Figure 7b: LoRA on mixtures of transitions and layouts at a fixed number of items."""

from __future__ import annotations

import pandas as pd

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.lines import Lines

SCOPES = ("overall", "transition", "layout")


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(
        {"row": f"{row['model']}, {row['train_size']:,} items", "panel": row["transition_percent"], "series": row["scope"],
         "value": row["tuned"], "low": row["tuned_low"], "high": row["tuned_high"], "n": row["n"]}
        for scope in SCOPES for row in tables["mixture"].to_dict("records") if row["scope"] == scope
    )  # fmt: skip


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(
        {
            "row": f"{row['model']}, {row['train_size']:,} items",
            "panel": row["transition_percent"],
            "series": scope,
            "value": row[scope],
        }
        for scope in SCOPES
        for row in table.to_dict("records")
    )


FIGURE = PaperFigure(
    number="Figure 7b",
    title="LoRA tuned on mixtures of transitions and layouts, by the share of transitions",
    sees="Which share serves both settings best at a fixed number of items. Published points are read off the paper's plot.",
    plot=Lines(x="transitions among the training items (%)", y="accuracy (%)"),
    tables=("mixture",),
    ours=_ours,
    published="fig7b_mixture_read_from_plot",
    from_published=_from_published,
)
