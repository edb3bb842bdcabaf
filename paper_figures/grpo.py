"""Table 3: GRPO with a strict and with a graded reward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from spacenum.scoring.weighting import Weighting
from spacenum.tables.names import NAMES

if TYPE_CHECKING:
    import pandas as pd

SCOPES = ("transition", "layout", "num2space", "space2num")
REWARDS = ("strict", "graded")
PAPERS_MODEL = "Qwen3-VL-4B"
WEIGHTING: Weighting = "items"
"""The paper's four changes are whole numbers of its items, and add up as settings and as tasks
(docs/verification.md)."""


def _ours(tables: Tables) -> pd.DataFrame:
    table = tables["grpo"]
    return tidy(
        {"row": NAMES[scope], "panel": row["model"], "series": f"{reward} reward", "value": row["difference"],
         "low": row["low"], "high": row["high"], "n": row["n"], "reference": 0}
        for scope in SCOPES for reward in REWARDS
        for row in table[(table["group"] == scope) & (table["weighting"] == WEIGHTING)].to_dict("records")
        if row["recipe"].endswith(f".{reward}")
    )  # fmt: skip


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    by_metric = table.set_index("metric")
    return tidy(
        {
            "row": NAMES[scope],
            "panel": PAPERS_MODEL,
            "series": f"{reward} reward",
            "value": by_metric.loc[scope, f"{reward}_delta"],
            "reference": 0,
        }
        for scope in SCOPES
        for reward in REWARDS
    )


FIGURE = PaperFigure(
    number="Table 3",
    title="GRPO with a strict and with a graded reward: change in accuracy",
    sees="Whether a reward for near misses teaches more than one for exact answers. Means are over items, as the "
    "paper's.",
    plot=Dots(label="change in accuracy (points)", reference="no change"),
    tables=("grpo",),
    ours=_ours,
    published="table3_grpo_reward",
    from_published=_from_published,
)
