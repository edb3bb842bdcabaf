"""Beyond the paper: transitions mirrored, and run backwards in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import differences

if TYPE_CHECKING:
    import pandas as pd


def _ours(tables: Tables) -> pd.DataFrame:
    places = {
        "Mirrored, both tasks": ("mirrored", "transition"),
        "Backwards in time, Space2Num": ("time_reversed", "transition.space2num"),
    }
    return tidy(differences(tables, places))


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Transitions mirrored, and run backwards in time: change in accuracy",
    sees="Whether left is as easy as right and there as easy as back again; "
    "a change would be a bias, for the numbers stay.",
    plot=Dots(label="change in accuracy (points)", reference="no change"),
    tables=("mirrored", "time_reversed"),
    ours=_ours,
)
