"""Lines over a share: a panel per row, a line per series, the panel's number as the place on the axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paper_figures.style import SERIES, WIDTH_IN, height_in

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

PANEL_IN, TOP_IN, BOTTOM_IN, LEFT_IN, GAP_IN, MOST = 1.2, 0.4, 0.34, 0.4, 0.14, 4


@dataclass(frozen=True)
class Lines:
    """x: label of the axis that ``panel`` (a number) stands on. y: label of the values."""

    x: str
    y: str

    def height_in(self, table: pd.DataFrame) -> float:
        rows = -(-table["row"].nunique() // MOST)
        return rows * (PANEL_IN + TOP_IN) + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it

        names = [str(row) for row in dict.fromkeys(table["row"])]
        series = list(dict.fromkeys(everything["series"]))
        columns = min(len(names), MOST)
        height, width = height_in(part), (WIDTH_IN - LEFT_IN) / columns - GAP_IN
        top = self.height_in(table)
        for k, name in enumerate(names):
            down, across = divmod(k, columns)
            x, y = LEFT_IN + across * (width + GAP_IN), top - (down + 1) * (PANEL_IN + TOP_IN)
            axes = part.add_axes((x / WIDTH_IN, y / height, width / WIDTH_IN, PANEL_IN / height))
            self._panel(axes, table[table["row"] == name], series)
            axes.set_title(name, fontsize=6.5, pad=3)
            axes.set(xlim=(-5, 105), ylim=_limits(everything), xticks=[0, 25, 50, 75, 100])
            if across:
                axes.set_yticklabels([])
            else:
                axes.set_ylabel(self.y, labelpad=2)
        middle = LEFT_IN + (columns * (width + GAP_IN) - GAP_IN) / 2
        part.text(middle / WIDTH_IN, 0.03 / height, self.x, ha="center", va="bottom")
        handles = [
            Line2D([], [], color=SERIES[k][0], marker=SERIES[k][1], lw=1, ms=3, label=name)
            for k, name in enumerate(series)
        ]
        if everything["reference"].notna().any():
            handles.append(Line2D([], [], color="0.4", lw=0.7, ls=":", label="chance"))
        part.legend(
            handles=handles, loc="upper right", ncols=len(handles), frameon=False, fontsize=6, borderaxespad=0.1
        )

    def _panel(self, axes: Axes, table: pd.DataFrame, series: list[str]) -> None:
        axes.tick_params(length=2, pad=1.5)
        axes.grid(axis="y", color="0.92", lw=0.5)
        for spine in ("top", "right"):
            axes.spines[spine].set_visible(False)
        for k, name in enumerate(series):
            found = table[table["series"] == name].assign(x=lambda rows: rows["panel"].astype(float)).sort_values("x")
            colour, marker = SERIES[k]
            axes.plot(found["x"], found["value"], marker=marker, color=colour, lw=1, ms=3, mew=0)
            axes.vlines(found["x"], found["low"], found["high"], color=colour, lw=0.8)
            for value in found["reference"].dropna().unique():
                axes.axhline(value, color=colour, lw=0.7, ls=":")


def _limits(everything: pd.DataFrame) -> tuple[float, float]:
    shown = everything[["value", "low", "high", "reference"]].to_numpy(dtype=float)
    shown = shown[np.isfinite(shown)]
    margin = 0.05 * max(float(shown.max() - shown.min()), 1.0)
    return float(shown.min()) - margin, float(shown.max()) + margin
