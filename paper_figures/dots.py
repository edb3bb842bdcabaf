"""Dots with intervals: a row per model, a panel per measure, a marker per series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import SERIES, WIDTH_IN, height_in, label_width_in, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

ROW_IN, TOP_IN, BOTTOM_IN, GAP_IN = 0.17, 0.42, 0.34, 0.2
DIFFERENCE = "difference"


@dataclass(frozen=True)
class Dots:
    """label: of the axis. reference: what the dashed line is. log: whether the axis is logarithmic.

    joined: the first two series are one model's under two conditions and are joined by a line. Rows of the series
    "difference" then aren't drawn as dots: the line is solid where their interval leaves out 0, dotted elsewhere. An
    infinite value is an open arrow at the edge.
    """

    label: str
    reference: str | None
    joined: bool = False
    log: bool = False

    def height_in(self, table: pd.DataFrame) -> float:
        return TOP_IN + ROW_IN * table["row"].nunique() + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
        rows = [str(row) for row in dict.fromkeys(table["row"])]
        panels = list(dict.fromkeys(everything["panel"]))
        series = [name for name in dict.fromkeys(everything["series"]) if name != DIFFERENCE]
        height, left = height_in(part), label_width_in([str(row) for row in everything["row"]])
        width = (WIDTH_IN - left - GAP_IN * len(panels)) / len(panels)
        for k, panel in enumerate(panels):
            x = (left + k * (width + GAP_IN)) / WIDTH_IN
            axes = part.add_axes((x, BOTTOM_IN / height, width / WIDTH_IN, ROW_IN * len(rows) / height))
            self._panel(axes, table[table["panel"] == panel], rows, series)
            if self.log:
                axes.set_xscale("log")
            axes.set_xlim(_limits(everything, self.log))
            axes.set_title(panel, fontsize=6.5, pad=3)
            if k:
                axes.set_yticklabels([])
        part.text((left + (WIDTH_IN - left) / 2) / WIDTH_IN, 0.03 / height, self.label, ha="center", va="bottom")
        self._key(part, series)

    def _panel(self, axes: Axes, table: pd.DataFrame, rows: list[str], series: list[str]) -> None:
        axes.set(ylim=(len(rows), 0), yticks=np.arange(len(rows)) + 0.5)
        axes.set_yticklabels([short(row) for row in rows], fontsize=6)
        axes.tick_params(axis="y", length=0, pad=2)
        axes.tick_params(axis="x", length=2, pad=1.5)
        axes.grid(axis="y", color="0.92", lw=0.5)
        axes.set_axisbelow(True)
        for spine in ("top", "right", "left"):
            axes.spines[spine].set_visible(False)
        for reference in sorted(set(table.loc[table["series"] != DIFFERENCE, "reference"].dropna())):
            axes.axvline(reference, color="0.55", lw=0.8, ls="--", zorder=0)
        for y, row in enumerate(rows):
            found = table[table["row"] == row]
            if self.joined:
                _join(axes, y, found, series)
            for k, name in enumerate(series):
                for one in found[found["series"] == name].to_dict("records"):
                    _dot(axes, y + 0.5 + _shift(k, len(series), self.joined), one, *SERIES[k])

    def _key(self, part: SubFigure, series: list[str]) -> None:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it

        handles = [
            Line2D([], [], color=SERIES[k][0], marker=SERIES[k][1], ls="", ms=3, label=name)
            for k, name in enumerate(series)
        ]
        if self.reference:
            handles.append(Line2D([], [], color="0.55", lw=0.8, ls="--", label=self.reference))
        if self.joined:
            handles += [
                Line2D([], [], color="0.3", lw=1.2, label="differ (95%)"),
                Line2D([], [], color="0.6", lw=0.9, ls=":", label="not shown to differ, or no interval"),
            ]
        part.legend(
            handles=handles,
            loc="upper right",
            ncols=len(handles),
            frameon=False,
            fontsize=6,
            borderaxespad=0.1,
            handletextpad=0.4,
            columnspacing=1.2,
        )


def _shift(k: int, of: int, joined: bool) -> float:
    return 0.0 if joined or of == 1 else (k - (of - 1) / 2) * 0.6 / of


def _dot(axes: Axes, y: float, row: Any, colour: str, marker: str) -> None:
    if np.isnan(row["value"]):
        return
    if np.isinf(row["value"]):
        end, mark = (1, ">") if row["value"] > 0 else (0, "<")
        axes.plot(end, y, mark, color=colour, ms=3.5, mfc="none", transform=axes.get_yaxis_transform(), clip_on=False)
        return
    if not np.isnan(row["low"]):
        axes.plot([row["low"], row["high"]], [y, y], color=colour, lw=0.8, solid_capstyle="butt")
    axes.plot(row["value"], y, marker, color=colour, ms=3, mew=0)


def _join(axes: Axes, y: int, rows: pd.DataFrame, series: list[str]) -> None:
    values = rows.set_index("series")["value"]
    if not all(name in values for name in series[:2]):
        return
    apart = rows[rows["series"] == DIFFERENCE].dropna(subset=["low", "high"])
    sure = bool(len(apart)) and bool((apart["low"] > 0).iloc[0] or (apart["high"] < 0).iloc[0])
    style: Any = {"color": "0.3", "lw": 1.2} if sure else {"color": "0.6", "lw": 0.9, "ls": ":"}
    axes.plot([values[series[0]], values[series[1]]], [y + 0.5] * 2, zorder=1, **style)


def _limits(everything: pd.DataFrame, log: bool) -> tuple[float, float]:
    """From a little below everything shown in any part to a little above it."""
    shown = everything.loc[everything["series"] != DIFFERENCE, ["value", "low", "high", "reference"]].to_numpy(
        dtype=float
    )
    shown = shown[np.isfinite(shown)]
    if log:
        return float(shown.min()) / 1.5, float(shown.max()) * 1.5
    margin = max(0.05 * (shown.max() - shown.min()), 1.0)
    return float(shown.min() - margin), float(shown.max() + margin)
