"""Figure 6b: photos of layouts replaced with structured drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.cells import measured_cells, published_cells
from paper_figures.heat import Heat

if TYPE_CHECKING:
    import pandas as pd

DRAWINGS = ("abstract_points", "abstract_boxes2d", "abstract_boxes3d")


def _ours(tables: Tables) -> pd.DataFrame:
    """The mean over the drawings that were asked, of models that were asked them all; its interval isn't known from
    theirs. A single drawing keeps its own."""
    import pandas as pd  # when drawn: a plan needs none of it

    found = [tables[name] for name in DRAWINGS if name in tables]
    every = pd.concat([table[table["weighting"] == "items"] for table in found], ignore_index=True)
    means = every.groupby(["model", "scope"], sort=False).agg(
        difference=("difference", "mean"),
        times=("difference", "size"),
        low=("low", "first"),
        high=("high", "first"),
        n=("n", "sum"),
    )
    means = means[means["times"] == len(found)].reset_index()
    if len(found) > 1:
        means = means.assign(low=float("nan"), high=float("nan"))
    return tidy(cell for model, own in means.groupby("model", sort=False) for cell in measured_cells(str(model), own))


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    return tidy(cell for row in table.to_dict("records") for cell in published_cells(row["model"], row))


FIGURE = PaperFigure(
    number="Figure 6b",
    title="Layout photos replaced with structured drawings: change in accuracy",
    sees="Whether models that needn't recognise objects read coordinates better. This study's numbers are means over "
    "points, 2D boxes and 3D boxes (each drawing has a table of its own, with intervals). The paper doesn't say which "
    "drawing its numbers are of; they are whole numbers of items, so each item was asked in one.",
    plot=Heat(label="change in accuracy (points)"),
    tables=DRAWINGS,
    ours=_ours,
    published="fig6b_abstraction_delta",
    from_published=_from_published,
)
