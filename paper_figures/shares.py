"""Shares of a whole: a stacked bar per row and source, with ticks where guessing would put the borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import (
    COLOURS,
    COLUMN_IN,
    PUBLISHED,
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
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

BAR_IN, PAD_IN, BOTTOM_IN, COUNT_IN, TOP_IN = 0.15, 0.07, 0.34, 0.5, 0.05
LEAST = 8.0
"""Percent that hold their number."""


@dataclass(frozen=True)
class Shares:
    """label: of the axis. reference: what the ticks are. empty: said of a row that has nothing to divide."""

    label: str
    reference: str
    empty: str
    width_in: float = COLUMN_IN

    @property
    def marks(self) -> str:
        """What ticks and counts mean."""
        return "Black ticks: where guessing would put the borders. n: wrong answers that are divided."

    def height_in(self, table: pd.DataFrame) -> float:
        bars = len(sources_of(table))
        return self._key_in(table) + TOP_IN + (BAR_IN * bars + PAD_IN) * table["row"].nunique() + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        rows, series, sources = [str(row) for row in dict.fromkeys(table["row"])], _series(table), sources_of(table)
        height, left = height_in(part), label_width_in(rows)
        inner = (self.width_in - left - COUNT_IN) / self.width_in
        axes = part.add_axes(
            (left / self.width_in, BOTTOM_IN / height, inner, 1 - (BOTTOM_IN + TOP_IN + self._key_in(table)) / height)
        )
        row_axes(axes, rows)
        axes.set(xlim=(0, 100), xlabel=self.label)
        plain_axes(axes, "top", "right", "left")
        axes.tick_params(axis="y", length=0)
        part_in = PAD_IN / (BAR_IN * len(sources) + PAD_IN)
        for y, row in enumerate(rows):
            own, bar = table[table["row"] == row], (1 - part_in) / len(sources)
            there = sources_of(own)
            for k, source in enumerate(there):
                shares = own[own["source"] == source].set_index("series").reindex(series)
                self._bar(axes, y + 0.5 + (k - (len(there) - 1) / 2) * bar, 0.9 * bar, shares, source)
        draw_key(part, self._key(table), self.width_in)

    def _bar(self, axes: Axes, y: float, high: float, shares: pd.DataFrame, source: str) -> None:
        if shares["value"].isna().any():
            axes.text(0.5, y, self.empty, va="center", color="0.4")
            return
        start = guessed = 0.0
        for k, one in enumerate(shares.to_dict("records")):
            axes.barh(y, one["value"], high, left=start, color=COLOURS[k], edgecolor="white", linewidth=0.5)
            if one["value"] >= LEAST:
                place = start + one["value"] / 2
                axes.text(place, y, f"{one['value']:.1f}", ha="center", va="center_baseline", color="white", fontsize=6)
            start += one["value"]
            guessed += one["reference"]
            if not np.isnan(guessed) and k < len(shares) - 1:
                axes.plot([guessed] * 2, [y - 0.5 * high, y + 0.5 * high], color="black", lw=1.1)
        count = shares["n"].dropna()
        said = "published" if source == PUBLISHED else f"n = {count.iloc[0]:,}" if len(count) else ""
        axes.annotate(said, (100, y), (3, 0), textcoords="offset points", va="center", fontsize=5.8)

    def _key_in(self, table: pd.DataFrame) -> float:
        return key_in([handle.get_label() for handle in self._key(table)], self.width_in)

    def _key(self, table: pd.DataFrame) -> list[Any]:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it
        from matplotlib.patches import Patch

        handles: list[Any] = [Patch(color=COLOURS[k], label=name) for k, name in enumerate(_series(table))]
        handles.append(Line2D([], [], color="black", marker="|", ls="", ms=7, label=self.reference))
        return handles


def _series(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in dict.fromkeys(table["series"])]
