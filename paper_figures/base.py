"""What a figure of the paper is: numbers from this study's tables and from the published ones, drawn by one of a few
plots.

A figure is a module of this package that defines ``FIGURE``. Its numbers stand in one table with the columns
``COLUMNS``, whichever source they come from, so that both are drawn on the same axes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from paper_figures.style import OURS, PUBLISHED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import SubFigure

__all__ = ["COLUMNS", "OURS", "PUBLISHED", "FigureData", "PaperFigure", "Plot", "Tables", "tidy"]

COLUMNS = ["row", "panel", "series", "value", "low", "high", "n", "reference"]

Tables = Mapping[str, "pd.DataFrame"]
"""Tables of ``results/tables`` as ``shown.tables_of`` gives them, by name; those that the study doesn't have are left
out."""


def tidy(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """What a figure shows, one number per row.

    row: the model, or what stands in its place. panel, series: where the number is drawn and as what. low, high: its
    95% interval, if it has one. n: items behind it. reference: what it is to be compared with, such as chance.
    """
    import pandas as pd  # when drawn: a plan needs none of it

    table = pd.DataFrame(list(rows), columns=COLUMNS)
    numbers = {name: "float64" for name in ("value", "low", "high", "reference")}
    return table.astype({**numbers, "n": "Int64"})


class Plot(Protocol):
    """A way to draw a table of ``COLUMNS`` with another one, ``source``: OURS or PUBLISHED."""

    @property
    def width_in(self) -> float:
        """Width in inches: of a column or of a page."""
        ...

    @property
    def marks(self) -> str:
        """A sentence for the caption: what the marks mean that the key doesn't say."""
        ...

    def height_in(self, table: pd.DataFrame) -> float:
        """Height in inches that ``table`` takes."""
        ...

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        """Draw ``table`` in a part of a figure."""
        ...


@dataclass(frozen=True)
class FigureData:
    """A figure's numbers from one source."""

    source: str
    table: pd.DataFrame


@dataclass(frozen=True)
class PaperFigure:
    """A table or figure of the paper.

    number: in the paper. title: what it shows. sees: what to look for. tables: names of the tables of this study that
    it may draw from; it is drawn if at least one is there. published: name of the table of ``published/``, if the paper
    gives the numbers. clusters: what the intervals are clustered by; None where bars are none.
    """

    number: str
    title: str
    sees: str
    plot: Plot
    tables: tuple[str, ...]
    ours: Callable[[Tables], pd.DataFrame]
    published: str | None = None
    from_published: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    clusters: str | None = "scene"

    def published_part(self) -> FigureData | None:
        """The paper's numbers, if it gives them."""
        if self.published is None or self.from_published is None:
            return None
        from spacenum.scoring.published import read_published

        return FigureData(PUBLISHED, self.from_published(read_published(self.published)))
