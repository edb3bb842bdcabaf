"""Figure 5: anchors drawn on images of transitions, and objects taken out of layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import Dots
from paper_figures.paired import differences, published_differences

if TYPE_CHECKING:
    import pandas as pd

OVERLAY, FEWER = "Transition: crosshair drawn", "Layout: other objects removed"


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(differences(tables, {OVERLAY: ("anchor_overlay", "transition"), FEWER: ("reduce_objects", "layout")}))


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    columns = {"add_anchor_transition_delta": OVERLAY, "reduce_objects_layout_delta": FEWER}
    return tidy(published_differences(table, columns))


FIGURE = PaperFigure(
    number="Figure 5",
    title="Visual interventions: change in accuracy",
    sees="Whether help for the eye changes anything: a crosshair and circles on every image, "
    "or nothing but anchors and target. Means are over items; that the paper's are is inferred from its Figure 4a.",
    plot=Dots(label="change in accuracy (points)", reference="no change"),
    tables=("anchor_overlay", "reduce_objects"),
    ours=_ours,
    published="fig5_visual_interventions",
    from_published=_from_published,
)
