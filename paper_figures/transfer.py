"""Figure 7a: LoRA on layouts of one dimension, tried on all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.cells import measured_cells, published_cells
from paper_figures.heat import Heat

if TYPE_CHECKING:
    import pandas as pd


def _ours(tables: Tables) -> pd.DataFrame:
    table = tables["transfer"]
    recipes = table.groupby("dimensions")["recipe"].nunique().to_dict()
    groups = table.groupby(["model", "recipe", "dimensions"], sort=False)
    return tidy(
        cell
        for (model, recipe, dimensions), found in groups
        for cell in measured_cells(
            _row(str(model), str(dimensions if recipes[dimensions] == 1 else recipe)), found, "cell"
        )
    )


def _row(model: str, tuned_on: str) -> str:
    return f"{model}, tuned on {tuned_on}"


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(
        cell for row in table.to_dict("records") for cell in published_cells(_row(row["model"], row["tuned_on"]), row)
    )


FIGURE = PaperFigure(
    number="Figure 7a",
    title="LoRA tuned on layouts of one dimension: change in accuracy in all layout cells",
    sees="Whether what is learnt in one dimension helps in the others.",
    plot=Heat(label="change in accuracy (points)"),
    tables=("transfer",),
    ours=_ours,
    published="fig7a_dimension_transfer_delta",
    from_published=_from_published,
)
