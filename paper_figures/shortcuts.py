"""Beyond the paper: models between guessing, the best shortcut and the ideal observer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.dots import DIFFERENCE, Dots
from paper_figures.style import PAGE_IN

if TYPE_CHECKING:
    import pandas as pd

PANELS = {
    "transition.num2space": "Transition N→S",
    "transition.space2num": "Transition S→N",
    "layout.num2space": "Layout N→S",
    "layout.space2num": "Layout S→N",
}


def _ours(tables: Tables) -> pd.DataFrame:
    table = tables["shortcuts"]
    rows = []
    for scope, panel in PANELS.items():
        for row in table[table["scope"] == scope].to_dict("records"):
            place = {"row": row["model"], "panel": panel, "n": row["n"], "reference": row["chance"]}
            rows.append(place | {"series": "best shortcut", "value": row["shortcut_accuracy"]})
            rows.append(place | {"series": "model", "value": row["accuracy"]})
            between = {"value": row["difference"], "low": row["low"], "high": row["high"]}
            rows.append(place | between | {"series": DIFFERENCE})
            rows.append(place | {"series": "ideal observer", "value": row["ideal"]})
    return tidy(rows)


FIGURE = PaperFigure(
    number="Not in the paper",
    title="Models between guessing, the best shortcut and the ideal observer",
    sees="Guessing is no zero of a scale: in each cell some rule earns more without what the cell is to test. Only a "
    "score beyond it speaks for a sense of magnitude, or of the frame. The ideal observer is a calibrated eye, and "
    "right by construction. Where there is no tick, some cell of the panel has no shortcut.",
    plot=Dots(label="accuracy (%)", reference="guessing", joined=True, across=4, width_in=PAGE_IN),
    tables=("shortcuts",),
    ours=_ours,
)
