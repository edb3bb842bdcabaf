"""Figure 2: how many items the benchmark and the training set hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paper_figures.bars import Bars
from paper_figures.base import PaperFigure, Tables, tidy
from spacenum.tables.names import NAMES

if TYPE_CHECKING:
    import pandas as pd

SETS = {"benchmark_per_task": "Benchmark", "train_per_task": "Training"}


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(
        {"row": _group(row), "panel": panel, "series": "items per task", "value": row[column]}
        for row in table.to_dict("records")
        for column, panel in SETS.items()
    )


def _group(row: Any) -> str:
    return NAMES[row["group"]] if row["setting"] == "transition" else f"Layout {row['group'].upper()} {row['scale']}"


def _ours(tables: Tables) -> pd.DataFrame:
    return _rows(tables["statistics"])


FIGURE = PaperFigure(
    number="Figure 2",
    title="Items in the benchmark and in the training set, for each of the two tasks",
    sees="How this study's scale compares with the paper's; scenes of the two sets are never shared.",
    plot=Bars(label="items per task"),
    tables=("statistics",),
    ours=_ours,
    published="fig2_statistics",
    from_published=_rows,
)
