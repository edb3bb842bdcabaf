"""Bars of counts: a row per group, a panel per set, a colour per source, the number at each bar's end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paper_figures.style import (
    COLUMN_IN,
    SOURCES,
    draw_key,
    height_in,
    key_in,
    label_width_in,
    plain_axes,
    row_axes,
    sources_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import SubFigure

BAR_IN, PAD_IN, TITLE_IN, BOTTOM_IN, GAP_IN = 0.11, 0.06, 0.18, 0.34, 0.14
ROOM = 1.35
"""Widths of the longest bar that an axis holds, so that its number stands beside it."""


@dataclass(frozen=True)
class Bars:
    """label: of the axis, which has a scale of its own in each panel."""

    label: str
    width_in: float = COLUMN_IN

    @property
    def marks(self) -> str:
        """What bars are."""
        return "Each panel has a scale of its own; the number at a bar is its length."

    def height_in(self, table: pd.DataFrame) -> float:
        bars = BAR_IN * len(sources_of(table)) + PAD_IN
        return self._key_in(table) + TITLE_IN + bars * table["row"].nunique() + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        rows, panels = ([str(name) for name in dict.fromkeys(table[column])] for column in ("row", "panel"))
        sources = sources_of(table)
        height, left = height_in(part), label_width_in(rows)
        width = (self.width_in - left - GAP_IN * len(panels)) / len(panels)
        inner = height - self._key_in(table) - TITLE_IN - BOTTOM_IN
        for k, panel in enumerate(panels):
            x = (left + k * (width + GAP_IN)) / self.width_in
            axes = part.add_axes((x, BOTTOM_IN / height, width / self.width_in, inner / height))
            found = table[table["panel"] == panel]
            row_axes(axes, rows, named=k == 0)
            axes.set_title(panel, fontsize=6.5, pad=3)
            axes.set(xlim=(0, ROOM * float(found["value"].max())), xlabel=self.label)
            axes.locator_params(axis="x", nbins=3)
            plain_axes(axes, "top", "right")
            axes.tick_params(axis="y", length=0)
            for one in found.dropna(subset=["value"]).to_dict("records"):
                share = 0.8 / len(sources)
                y = rows.index(str(one["row"])) + 0.1 + (sources.index(one["source"]) + 0.5) * share
                axes.barh(y, one["value"], 0.9 * share, color=SOURCES[one["source"]])
                axes.annotate(f"{one['value']:,.0f}", (one["value"], y), (2, 0), textcoords="offset points",
                              va="center_baseline", fontsize=5.8)  # fmt: skip
        draw_key(part, self._key(table), self.width_in)

    def _key_in(self, table: pd.DataFrame) -> float:
        return key_in([handle.get_label() for handle in self._key(table)], self.width_in)

    def _key(self, table: pd.DataFrame) -> list[Any]:
        from matplotlib.patches import Patch  # when drawn: a plan needs none of it

        return [Patch(color=SOURCES[name], label=name) for name in sources_of(table)]
