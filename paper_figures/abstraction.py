"""Figure 6b: photos of layouts replaced with structured drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.cells import measured_cells, published_cells
from paper_figures.heat import Heat

if TYPE_CHECKING:
    import pandas as pd

DRAWINGS = {"abstract_points": "points", "abstract_boxes2d": "2D boxes", "abstract_boxes3d": "3D boxes"}


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(
        cell
        for name, drawing in DRAWINGS.items()
        if name in tables
        for model, found in tables[name].groupby("model", sort=False)
        for cell in measured_cells(f"{model}: {drawing}", found)
    )


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(cell for row in table.to_dict("records") for cell in published_cells(row["model"], row))


FIGURE = PaperFigure(
    number="Figure 6b",
    title="Layout photos replaced with structured drawings: change in accuracy",
    sees="Whether models that needn't recognise objects read coordinates better. The paper doesn't say which drawing "
    "its numbers are of; here each has rows of its own.",
    plot=Heat(label="change in accuracy (points)"),
    tables=tuple(DRAWINGS),
    ours=_ours,
    published="fig6b_abstraction_delta",
    from_published=_from_published,
)
