"""Beyond the paper: the number line, of models that write numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.curves import Curves
from spacenum.tables.names import short_name

if TYPE_CHECKING:
    import pandas as pd

AXES = {"m": "m", "deg": "°", "map": "map units"}


def _ours(tables: Tables) -> pd.DataFrame:
    return tidy(_point(point) for point in tables["told"].to_dict("records"))


def _point(point: Any) -> dict[str, Any]:
    return {
        "row": f"{short_name(point['cell'])} ({AXES[point['unit']]})",
        "panel": point["true"],
        "series": point["model"],
        "value": point["mean"],
        "low": point["lowest"],
        "high": point["highest"],
        "n": point["n"],
    }


FIGURE = PaperFigure(
    number="Not in the paper",
    title="The number line: what models write for each true number",
    sees="A model that measures writes what is true (the dotted diagonal). A flat line is a favourite number; a line "
    "that is less steep than the diagonal is a scale drawn together. Points are means.",
    plot=Curves(y="written (mean)", diagonal=True),
    tables=("told",),
    ours=_ours,
    clusters=None,
)
