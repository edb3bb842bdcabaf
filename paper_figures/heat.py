"""A heat map: rows by columns, numbers in the cells, coloured by how far they stand above or below a reference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import DIVERGING, WIDTH_IN, group_head, height_in, label_width_in, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

ROW_IN, TOP_IN, BOTTOM_IN = 0.2, 0.36, 0.34
LEAST = 10.0
"""Points at the ends of the colours at least, so that small changes look small."""


@dataclass(frozen=True)
class Heat:
    """A column per panel, "head\\ncolumn"; ``label`` names the numbers. A number whose interval
    leaves out 0 is set in bold."""

    label: str

    def height_in(self, table: pd.DataFrame) -> float:
        return TOP_IN + ROW_IN * table["row"].nunique() + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
        rows = [str(row) for row in dict.fromkeys(table["row"])]
        panels = [str(panel) for panel in dict.fromkeys(everything["panel"])]
        height, left = height_in(part), label_width_in([str(row) for row in everything["row"]])
        axes = part.add_axes(
            (left / WIDTH_IN, BOTTOM_IN / height, 1 - (left + 0.1) / WIDTH_IN, ROW_IN * len(rows) / height)
        )
        most = max(float(everything["value"].abs().max()), LEAST)
        by_place = table.set_index(["row", "panel"])
        axes.set(xlim=(0, len(panels)), ylim=(len(rows), 0))
        for y, row in enumerate(rows):
            for x, panel in enumerate(panels):
                found: Any = by_place.loc[(row, panel)] if (row, panel) in by_place.index else None
                paint(axes, x, y, None if found is None else found["value"], most, bold=_sure(found))
        axes.set_yticks(np.arange(len(rows)) + 0.5, [short(row) for row in rows], fontsize=6)
        axes.set_xticks(np.arange(len(panels)) + 0.5, [panel.split("\n")[-1] for panel in panels], fontsize=5.6)
        _heads(axes, [panel.split("\n")[0] for panel in panels])
        axes.tick_params(length=0, pad=2, top=False, labeltop=True, bottom=False, labelbottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        self._key(part, left, height, most)

    def _key(self, part: SubFigure, left: float, height: float, most: float) -> None:
        axes = part.add_axes((left / WIDTH_IN, 0.22 / height, 0.2, 0.07 / height))
        axes.imshow(np.linspace(-1, 1, 201)[None], cmap=DIVERGING, aspect="auto", extent=(-most, most, 0, 1))
        axes.set(yticks=[])
        axes.tick_params(length=2, pad=1.5)
        text = f"{self.label}; bold: its 95% interval leaves out 0; hatched: not run"
        place: Any = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
        axes.annotate(text, (1, 0.5), (8, 0), fontsize=5.8, **place)


def _heads(axes: Axes, heads: list[str]) -> None:
    """Each head once, over the columns that share it."""
    start = 0
    for name, columns in groupby(heads):
        end = start + len(list(columns))
        group_head(axes, name, start, end, 10)
        start = end


def _sure(found: Any) -> bool:
    return found is not None and bool(found["low"] > 0 or found["high"] < 0)


def paint(axes: Axes, x: int, y: int, value: float | None, most: float, bold: bool = False) -> None:
    """One cell: a difference in points, ``most`` being the end of the scale; hatched if there is none."""
    import matplotlib  # when drawn: a plan needs none of it
    from matplotlib.colors import Normalize
    from matplotlib.patches import Rectangle

    if value is None or np.isnan(value):
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor="white", edgecolor="0.6", hatch="////", linewidth=0))
        return
    colour = matplotlib.colormaps[DIVERGING](Normalize(-most, most)(value))
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.5))
    style: Any = {"weight": "bold" if bold else "normal", "color": "white" if abs(value) > 0.6 * most else "black"}
    axes.text(x + 0.5, y + 0.52, f"{value:+.1f}", ha="center", va="center", fontsize=6, **style)
