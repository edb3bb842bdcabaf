"""Figure 4a: accuracy when every image is black."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import both, published_both

if TYPE_CHECKING:
    import pandas as pd

SEEN, BLACK = "images as they are", "black images"


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(both(tables["blind"], {"transition": "Transition", "layout": "Layout"}, SEEN, BLACK))


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "Transition": ("transition_original", "transition_blind", 25.0),
        "Layout": ("layout_original", "layout_blind", 100 / 3),  # the paper's mean here is over cells, its chance too
    }
    return tidy(published_both(table, columns, SEEN, BLACK))


FIGURE = PaperFigure(
    number="Figure 4a",
    title="Accuracy with every image black",
    sees="What a model loses when it can't see. Accuracy above chance on black images would be "
    "knowledge of the key, not of space.",
    plot=Dots(label="accuracy (%)", reference="chance", joined=True),
    tables=("blind",),
    ours=_ours,
    published="fig4a_blind",
    from_published=_from_published,
)
