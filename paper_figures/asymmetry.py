"""Figure 4b: from number to image against from image to number, on the same transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import both, published_both
from spacenum.geometry.poses import DIRECTIONS
from spacenum.tables.names import NAMES

if TYPE_CHECKING:
    import pandas as pd


def _ours(tables: Tables) -> pd.DataFrame:
    scopes = {f"transition.{group}": NAMES[group] for group in DIRECTIONS}
    return tidy(both(tables["asymmetry"], scopes, NAMES["num2space"], NAMES["space2num"]))


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    columns = {NAMES[group]: (f"num2space.{group}", f"space2num.{group}", 25.0) for group in DIRECTIONS}
    return tidy(published_both(table, columns, NAMES["num2space"], NAMES["space2num"]))


FIGURE = PaperFigure(
    number="Figure 4b",
    title="Num2Space against Space2Num, by action, on the same transitions",
    sees="Whether models name a magnitude more easily than they pick the image that it leads to.",
    plot=Dots(label="accuracy (%)", reference="chance", joined=True),
    tables=("asymmetry",),
    ours=_ours,
    published="fig4b_action_asymmetry",
    from_published=_from_published,
)
