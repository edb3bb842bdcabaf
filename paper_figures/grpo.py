"""Table 3: GRPO with a strict and with a graded reward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from spacenum.tables.names import NAMES

if TYPE_CHECKING:
    import pandas as pd

SCOPES = ("transition", "layout", "num2space", "space2num")
REWARDS = ("strict", "graded")
PAPERS_MODEL = "Qwen3-VL-4B"


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(
        {"row": row["model"], "panel": NAMES[scope], "series": f"{reward} reward", "value": row["difference"],
         "low": row["low"], "high": row["high"], "n": row["n"], "reference": 0}
        for scope in SCOPES for reward in REWARDS for row in tables["grpo"].to_dict("records")
        if row["group"] == scope and row["recipe"].endswith(f".{reward}")
    )  # fmt: skip


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    by_metric = table.set_index("metric")
    return tidy(
        {
            "row": PAPERS_MODEL,
            "panel": NAMES[scope],
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
    sees="Whether a reward for near misses teaches more than one for exact answers.",
    plot=Dots(label="change in accuracy (points)", reference="no change"),
    tables=("grpo",),
    ours=_ours,
    published="table3_grpo_reward",
    from_published=_from_published,
)
