"""Curves: a panel per row, dots and a line per series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import SERIES, WIDTH_IN, height_in

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

PANEL_IN, TITLE_IN, TICKS_IN, LEFT_IN, GAP_IN, ACROSS = 1.1, 0.2, 0.24, 0.42, 0.12, 4
KEY_IN, KEYS_ACROSS = 0.16, 5
DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
_FIT = "fit of "


def fit_of(series: str) -> str:
    """The name of the series that holds the fitted line of another."""
    return _FIT + series


@dataclass(frozen=True)
class Curves:
    """y: label of the values. ``panel`` of a table's rows is the place on the other axis.

    Without ``diagonal``, values are percent of right answers over a logarithmic axis, lines are the series ``fit_of``,
    and the size of a dot goes with the root of ``n``. With it, both axes are of one scale, the dotted line is
    where they agree, lines join the dots, and bars are from ``low`` to ``high``.
    """

    y: str
    diagonal: bool = False

    def height_in(self, table: pd.DataFrame) -> float:
        down = -(-table["row"].nunique() // ACROSS)
        return down * (TITLE_IN + PANEL_IN + TICKS_IN) + self._key_in(table)

    def _key_in(self, table: pd.DataFrame) -> float:
        return KEY_IN * (1 + -(-len(_series(table)) // KEYS_ACROSS))

    def draw(self, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
        rows, series = list(dict.fromkeys(table["row"])), _series(everything)
        height, width = height_in(part), (WIDTH_IN - LEFT_IN) / ACROSS - GAP_IN
        for k, row in enumerate(rows):
            down, across = divmod(k, ACROSS)
            x = LEFT_IN + across * (width + GAP_IN)
            y = height - down * (TITLE_IN + PANEL_IN + TICKS_IN) - TITLE_IN - PANEL_IN
            axes = part.add_axes((x / WIDTH_IN, y / height, width / WIDTH_IN, PANEL_IN / height))
            found = table[table["row"] == row]
            if self.diagonal:
                _scales(axes, found, series)
            else:
                _shares(axes, found, series)
            _bare(axes)
            axes.set_title(row, fontsize=6, pad=2)
            if not across:
                axes.set_ylabel(self.y, labelpad=2)
            elif not self.diagonal:
                axes.set_yticklabels([])
        _key(part, series, "as is true" if self.diagonal else "guessing")


def _series(table: pd.DataFrame) -> list[str]:
    return [name for name in dict.fromkeys(table["series"]) if not name.startswith(_FIT)]


def _style(k: int) -> Any:
    colour, marker = SERIES[k % len(SERIES)]
    return {"color": colour, "ls": DASHES[k // len(SERIES) % len(DASHES)]}, marker


def _shares(axes: Axes, table: pd.DataFrame, series: Sequence[str]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter  # when drawn: a plan needs none of it

    axes.set(xscale="log", ylim=(-4, 104), yticks=[0, 50, 100])
    axes.axhline(75, color="0.9", lw=0.5)
    for reference in table["reference"].dropna().unique():
        axes.axhline(reference, color="0.6", lw=0.7, ls=":")
    for k, name in enumerate(series):
        line, marker = _style(k)
        for own, dots in ((name, True), (fit_of(name), False)):
            found = table[table["series"] == own].assign(x=lambda rows: rows["panel"].astype(float)).sort_values("x")
            if dots:
                size = 1.2 * np.sqrt(found["n"].astype(float))
                axes.scatter(found["x"], found["value"], size, color=line["color"], marker=marker, lw=0, alpha=0.55)
            else:
                axes.plot(found["x"], found["value"], lw=0.9, **line)
    shown = sorted(set(table.loc[table["series"].isin(series), "panel"].astype(float)))
    axes.xaxis.set_major_locator(FixedLocator(_ticks(shown)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _scales(axes: Axes, table: pd.DataFrame, series: Sequence[str]) -> None:
    ends = (float(table["panel"].min()), float(table["panel"].max()))
    axes.plot(ends, ends, color="0.6", lw=0.7, ls=":")
    for k, name in enumerate(series):
        line, marker = _style(k)
        found = table[table["series"] == name].assign(x=lambda rows: rows["panel"].astype(float)).sort_values("x")
        axes.vlines(found["x"], found["low"], found["high"], color=line["color"], lw=0.4, alpha=0.5)
        axes.plot(found["x"], found["value"], marker=marker, ms=2, mew=0, lw=0.8, **line)


def _bare(axes: Axes) -> None:
    axes.tick_params(length=2, pad=1.5, labelsize=5.5)
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)


def _ticks(values: Sequence[float]) -> list[float]:
    """Some of the values, at least a quarter more than the one before, so that labels don't touch."""
    kept: list[float] = []
    for value in values:
        if not kept or value >= 1.45 * kept[-1]:
            kept.append(value)
    return kept


def _key(part: SubFigure, series: Sequence[str], dotted: str) -> None:
    from matplotlib.lines import Line2D  # when drawn: a plan needs none of it

    handles = []
    for k, name in enumerate(series):
        line, marker = _style(k)
        handles.append(Line2D([], [], marker=marker, lw=0.9, ms=3, label=name, **line))
    handles.append(Line2D([], [], color="0.6", lw=0.7, ls=":", label=dotted))
    part.legend(handles=handles, loc="lower center", ncols=KEYS_ACROSS, frameon=False, fontsize=6, borderaxespad=0.1)
