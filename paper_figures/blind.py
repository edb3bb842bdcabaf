"""Figure 4a: accuracy when every image is black."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import both, published_both
from spacenum.scoring.weighting import Weighting

if TYPE_CHECKING:
    import pandas as pd

WEIGHTING: Weighting = "items"
"""The paper's layouts are means over items: they follow from its Table 2 for all seven models, and over cells for none
(docs/verification.md)."""
SEEN, BLACK = "images as they are", "black images"


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(both(tables["blind"], {"transition": "Transition", "layout": "Layout"}, SEEN, BLACK, WEIGHTING))


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "Transition": ("transition_original", "transition_blind", 25.0),
        "Layout": ("layout_original", "layout_blind", 100 / 3),  # 1000 items with two options, 2000 with four
    }
    return tidy(published_both(table, columns, SEEN, BLACK))


FIGURE = PaperFigure(
    number="Figure 4a",
    title="Accuracy with every image black",
    sees="What a model loses when it can't see. Accuracy above chance on black images would be "
    "knowledge of the key, not of space. Means are over items, as the paper's.",
    plot=Dots(label="accuracy (%)", reference="chance", joined=True),
    tables=("blind",),
    ours=_ours,
    published="fig4a_blind",
    from_published=_from_published,
)
