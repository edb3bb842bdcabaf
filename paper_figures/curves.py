"""Curves: a panel per row, dots and a line per series, the panel's number as the place on the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import COLOURS, MARKERS, PAGE_IN, draw_key, height_in, key_in, plain_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

PANEL_IN, TITLE_IN, TICKS_IN, LEFT_IN, GAP_IN, ACROSS = 1.1, 0.2, 0.22, 0.42, 0.12, 4
DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
APART = 1.45
"""Times that a label of a logarithmic axis is at least the one before, so that they don't touch."""
_FIT = "fit of "


def fit_of(series: str) -> str:
    """The name of the series that holds the fitted line of another."""
    return _FIT + series


@dataclass(frozen=True)
class Curves:
    """y: label of the values. ``panel`` of a table's rows is the place on the other axis.

    Without ``diagonal``, values are percent of right answers over a logarithmic axis, lines are the series ``fit_of``,
    and the size of a dot goes with the root of ``n``. With it, both axes are of one scale, the dotted line is where
    they agree, lines join the dots, and bars are from ``low`` to ``high``.
    """

    y: str
    diagonal: bool = False
    width_in: float = PAGE_IN

    @property
    def marks(self) -> str:
        """What dots and bars are."""
        if self.diagonal:
            return "Bars are the range of what was written."
        return "Dots are shares of right answers, larger for more questions; lines are fits, where 75% is reached."

    def height_in(self, table: pd.DataFrame) -> float:
        down = -(-table["row"].nunique() // ACROSS)
        return down * (TITLE_IN + PANEL_IN + TICKS_IN) + self._key_in(table)

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        rows, series = list(dict.fromkeys(table["row"])), _series(table)
        height, width = height_in(part), (self.width_in - LEFT_IN) / ACROSS - GAP_IN
        top = height - self._key_in(table)
        for k, row in enumerate(rows):
            down, across = divmod(k, ACROSS)
            x = LEFT_IN + across * (width + GAP_IN)
            y = top - down * (TITLE_IN + PANEL_IN + TICKS_IN) - TITLE_IN - PANEL_IN
            axes = part.add_axes((x / self.width_in, y / height, width / self.width_in, PANEL_IN / height))
            self._panel(axes, table[table["row"] == row], series)
            axes.set_title(row, fontsize=6, pad=2)
            plain_axes(axes, "top", "right")
            axes.tick_params(labelsize=5.5)
            if not across:
                axes.set_ylabel(self.y, labelpad=2)
            elif not self.diagonal:
                axes.set_yticklabels([])
        draw_key(part, self._key(table), self.width_in)

    def _panel(self, axes: Axes, table: pd.DataFrame, series: Sequence[str]) -> None:
        if self.diagonal:
            _scales(axes, table, series)
        else:
            _shares(axes, table, series)

    def _key_in(self, table: pd.DataFrame) -> float:
        return key_in([handle.get_label() for handle in self._key(table)], self.width_in)

    def _key(self, table: pd.DataFrame) -> list[Any]:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it

        handles = [
            Line2D([], [], marker=MARKERS[k % len(MARKERS)], lw=0.9, ms=3, label=name, **_line(k))
            for k, name in enumerate(_series(table))
        ]
        dotted = "as is true" if self.diagonal else "guessing"
        return [*handles, Line2D([], [], color="0.6", lw=0.7, ls=":", label=dotted)]


def _series(table: pd.DataFrame) -> list[str]:
    return [name for name in dict.fromkeys(table["series"]) if not name.startswith(_FIT)]


def _line(k: int) -> Any:
    return {"color": COLOURS[k % len(COLOURS)], "ls": DASHES[k // len(COLOURS) % len(DASHES)]}


def _of(table: pd.DataFrame, series: str) -> pd.DataFrame:
    return table[table["series"] == series].assign(x=lambda rows: rows["panel"].astype(float)).sort_values("x")


def _shares(axes: Axes, table: pd.DataFrame, series: Sequence[str]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter  # when drawn: a plan needs none of it

    axes.set(xscale="log", ylim=(-4, 104), yticks=[0, 50, 75, 100])
    axes.axhline(75, color="0.9", lw=0.5)
    for reference in table["reference"].dropna().unique():
        axes.axhline(reference, color="0.6", lw=0.7, ls=":")
    for k, name in enumerate(series):
        dots, line = _of(table, name), _of(table, fit_of(name))
        size = 1.2 * np.sqrt(dots["n"].astype(float))
        axes.scatter(
            dots["x"], dots["value"], size, color=_line(k)["color"], marker=MARKERS[k % len(MARKERS)], lw=0, alpha=0.55
        )
        axes.plot(line["x"], line["value"], lw=0.9, **_line(k))
    asked = sorted(set(table.loc[table["series"].isin(series), "panel"].astype(float)))
    axes.xaxis.set_major_locator(FixedLocator(_ticks(asked)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _scales(axes: Axes, table: pd.DataFrame, series: Sequence[str]) -> None:
    ends = (float(table["panel"].min()), float(table["panel"].max()))
    axes.plot(ends, ends, color="0.6", lw=0.7, ls=":")
    for k, name in enumerate(series):
        found, line = _of(table, name), _line(k)
        axes.vlines(found["x"], found["low"], found["high"], color=line["color"], lw=0.4, alpha=0.5)
        axes.plot(found["x"], found["value"], marker=MARKERS[k % len(MARKERS)], ms=2, mew=0, lw=0.8, **line)


def _ticks(values: Sequence[float]) -> list[float]:
    """Some of the values, each so far beyond the one before that labels don't touch."""
    kept: list[float] = []
    for value in values:
        if not kept or value >= APART * kept[-1]:
            kept.append(value)
    return kept
