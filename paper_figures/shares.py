"""Shares of a whole: a stacked bar per row, with ticks where guessing would put the borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import SERIES, WIDTH_IN, height_in, label_width_in, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import SubFigure

ROW_IN, TOP_IN, BOTTOM_IN = 0.2, 0.24, 0.34
ROOM = 15
"""Percent of the width that a share with its interval takes."""


@dataclass(frozen=True)
class Shares:
    """label: of the axis. reference: what the ticks are. empty: said of a row that has nothing to divide."""

    label: str
    reference: str
    empty: str

    def height_in(self, table: pd.DataFrame) -> float:
        return TOP_IN + ROW_IN * table["row"].nunique() + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it
        from matplotlib.patches import Patch

        rows = [str(row) for row in dict.fromkeys(table["row"])]
        series = list(dict.fromkeys(everything["series"]))
        height, left = height_in(part), label_width_in([str(row) for row in everything["row"]])
        axes = part.add_axes(
            (left / WIDTH_IN, BOTTOM_IN / height, 1 - (left + 0.45) / WIDTH_IN, ROW_IN * len(rows) / height)
        )
        axes.set(xlim=(0, 100), ylim=(len(rows), 0), yticks=np.arange(len(rows)) + 0.5, xlabel=self.label)
        axes.set_yticklabels([short(row) for row in rows], fontsize=6)
        axes.tick_params(axis="y", length=0, pad=2)
        axes.tick_params(axis="x", length=2, pad=1.5)
        for spine in ("top", "right", "left"):
            axes.spines[spine].set_visible(False)
        for y, row in enumerate(rows):
            shares = table[table["row"] == row].set_index("series").reindex(series)
            if shares["value"].isna().any():
                axes.text(0.5, y + 0.52, self.empty, va="center", color="0.4")
            else:
                _bar(axes, y, shares)
        handles: list[Any] = [Patch(color=SERIES[k][0], label=name) for k, name in enumerate(series)]
        handles.append(Line2D([], [], color="black", marker="|", ls="", ms=7, label=self.reference))
        part.legend(
            handles=handles, loc="upper right", ncols=len(handles), frameon=False, fontsize=6, borderaxespad=0.1
        )


def _bar(axes: Any, y: int, shares: pd.DataFrame) -> None:
    start = guessed = 0.0
    for k, one in enumerate(shares.to_dict("records")):
        axes.barh(y + 0.5, one["value"], 0.62, left=start, color=SERIES[k][0])
        axes.text(start + one["value"] / 2, y + 0.52, _words(one), ha="center", va="center", color="white")
        start += one["value"]
        guessed += one["reference"]
        if not np.isnan(guessed) and k < len(shares) - 1:
            axes.plot([guessed] * 2, [y + 0.08, y + 0.92], color="black", lw=1)
    count = shares["n"].dropna()
    if len(count):
        axes.annotate(f"n = {count.iloc[0]}", (100, y + 0.52), (4, 0), textcoords="offset points", va="center")


def _words(share: Any) -> str:
    """A share, with its interval where the bar has room for it."""
    value = f"{share['value']:.1f}"
    if np.isnan(share["low"]) or share["value"] < ROOM:
        return value
    return f"{value} ({share['low']:.0f}–{share['high']:.0f})"
