"""A heat map: rows by columns, numbers in the cells, coloured by how far they stand above or below a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import (
    DIVERGING,
    PAGE_IN,
    SOURCES,
    group_heads,
    height_in,
    label_width_in,
    plain_axes,
    row_axes,
    sources_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

ROW_IN, TOP_IN, BOTTOM_IN, SOURCE_IN = 0.17, 0.36, 0.34, 0.55
LEAST = 10.0
"""Points at the ends of the colours at least, so that small changes look small."""


@dataclass(frozen=True)
class Heat:
    """A column per panel, "head\\ncolumn"; ``label`` names the numbers. A number whose interval leaves out 0 is set in
    bold."""

    label: str
    width_in: float = PAGE_IN

    @property
    def marks(self) -> str:
        """What bold and hatching mean."""
        return "Bold: its 95% interval leaves out 0; hatched: not run."

    def height_in(self, table: pd.DataFrame) -> float:
        return TOP_IN + ROW_IN * len(_lines(table)) + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        lines = _lines(table)
        panels = [str(panel) for panel in dict.fromkeys(table["panel"])]
        several = len(sources_of(table)) > 1
        height, left = height_in(part), label_width_in([row for row, _ in lines]) + SOURCE_IN * several
        axes = part.add_axes(
            (left / self.width_in, BOTTOM_IN / height, 1 - (left + 0.1) / self.width_in, ROW_IN * len(lines) / height)
        )
        most = max(float(table["value"].abs().max()), LEAST)
        by_place = table.set_index(["row", "source", "panel"])
        axes.set(xlim=(0, len(panels)), ylim=(len(lines), 0))
        for y, (row, source) in enumerate(lines):
            for x, panel in enumerate(panels):
                place: Any = (row, source, panel)
                found: Any = by_place.loc[place] if place in by_place.index else None
                paint(axes, x, y, None if found is None else found["value"], most, bold=_sure(found))
        names = [row if not k or lines[k - 1][0] != row else "" for k, (row, _) in enumerate(lines)]
        row_axes(axes, names)
        if several:
            axes.tick_params(axis="y", pad=2 + 72 * SOURCE_IN)
            _sources(axes, lines)
        axes.set_xticks(np.arange(len(panels)) + 0.5, [panel.split("\n")[-1] for panel in panels], fontsize=6)
        group_heads(axes, [panel.split("\n")[0] for panel in panels], 10)
        axes.tick_params(axis="x", length=0, pad=2, top=False, labeltop=True, bottom=False, labelbottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        self._key(part, left, height, most)

    def _key(self, part: SubFigure, left: float, height: float, most: float) -> None:
        axes = part.add_axes((left / self.width_in, 0.22 / height, 0.2, 0.07 / height))
        axes.imshow(np.linspace(-1, 1, 201)[None], cmap=DIVERGING, aspect="auto", extent=(-most, most, 0, 1))
        axes.set(yticks=[])
        plain_axes(axes)
        place: Any = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
        axes.annotate(f"{self.label}. {self.marks}", (1, 0.5), (8, 0), fontsize=5.8, **place)


def _lines(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Each row with each source that has it, what is of one row together."""
    found = table[["row", "source"]].drop_duplicates().astype(str)
    of_row = {row: set(own["source"]) for row, own in found.groupby("row", sort=False)}
    return [(str(row), source) for row, own in of_row.items() for source in SOURCES if source in own]


def _sources(axes: Axes, lines: list[tuple[str, str]]) -> None:
    """Whose each line is, and a rule between rows."""
    place: Any = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
    for y, (row, source) in enumerate(lines):
        axes.annotate(
            source, (0, y + 0.52), (-3, 0), ha="right", va="center", color=SOURCES[source], fontsize=6, **place
        )
        if y and lines[y - 1][0] != row:
            axes.axhline(y, color="0.6", lw=0.5)


def _sure(found: Any) -> bool:
    return found is not None and bool(found["low"] > 0 or found["high"] < 0)


def paint(axes: Axes, x: int, y: int, value: float | None, most: float, bold: bool = False) -> None:
    """One cell: a difference in points, ``most`` being the end of the scale; hatched if there is none."""
    text = "" if value is None else f"{value:+.1f}"
    fill(axes, x, y, text, None if value is None or np.isnan(value) else value / most, bold)


def fill(axes: Axes, x: int, y: int, text: str, share: float | None, bold: bool = False) -> None:
    """One cell with its text; share: of the scale, from -1 to 1 and beyond, which its ends take; hatched without."""
    import matplotlib  # when drawn: a plan needs none of it
    from matplotlib.patches import Rectangle

    if share is None:
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor="white", edgecolor="0.6", hatch="////", linewidth=0))
        return
    colour = matplotlib.colormaps[DIVERGING](float(np.clip((share + 1) / 2, 0, 1)))
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.5))
    style: Any = {"weight": "bold" if bold else "normal", "color": "white" if abs(share) > 0.6 else "black"}
    axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", fontsize=6, **style)
