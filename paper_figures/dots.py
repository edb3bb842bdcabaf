"""Dots with intervals: a row per model, a panel per measure, a mark per series, a colour per source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.style import (
    COLUMN_IN,
    MARKERS,
    SOURCES,
    draw_key,
    height_in,
    key_in,
    label_width_in,
    limits,
    plain_axes,
    row_axes,
    sources_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

MARK_IN, PAD_IN, TICKS_IN, LABEL_IN, GAP_IN = 0.1, 0.06, 0.2, 0.14, 0.14
DIFFERENCE = "difference"
BEYOND = 1e6
"""A place outside every axis, for intervals without an end."""
TICK: Any = {"marker": "|", "ms": 7, "mew": 1.1}
"""The first of two conditions: higher than the dot of the second, which therefore can't hide it."""


@dataclass(frozen=True)
class Dots:
    """label: of the axis. reference: what the dashed line is. across: panels side by side.

    joined: the first two series are one model's under two conditions: a tick and a dot. The bar at the dot is then the
    interval of their difference (rows of the series "difference"), laid off from the tick. An infinite value
    is an open arrow at the edge.
    """

    label: str
    reference: str | None
    joined: bool = False
    across: int = 2
    width_in: float = COLUMN_IN

    @property
    def marks(self) -> str:
        """What bars mean."""
        if self.joined:
            return (
                "The bar at a dot is the 95% interval of the difference, laid off from the tick: it leaves the tick "
                "out where the two conditions differ. A dot without a bar has no interval."
            )
        return "Bars are 95% intervals; a dot without a bar has none."

    def height_in(self, table: pd.DataFrame) -> float:
        lines = -(-table["panel"].nunique() // self.across)
        return self._key_in(table) + lines * (self._title_in(table) + self._rows_in(table) + TICKS_IN) + LABEL_IN

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        rows = [str(row) for row in dict.fromkeys(table["row"])]
        panels = list(dict.fromkeys(table["panel"]))
        height, left = height_in(part), label_width_in(rows)
        across = min(self.across, len(panels))
        width = (self.width_in - left - GAP_IN * across) / across
        title, rows_in = self._title_in(table), self._rows_in(table)
        for k, panel in enumerate(panels):
            line, column = divmod(k, across)
            x = left + column * (width + GAP_IN)
            y = height - self._key_in(table) - line * (title + rows_in + TICKS_IN) - title - rows_in
            axes = part.add_axes((x / self.width_in, y / height, width / self.width_in, rows_in / height))
            self._panel(axes, table[table["panel"] == panel], rows, _series(table), sources_of(table), column == 0)
            axes.set_xlim(self._limits(table))
            axes.set_title(_broken(str(panel), across), fontsize=6.5, pad=3)
        centre = left + (across * (width + GAP_IN) - GAP_IN) / 2
        part.text(centre / self.width_in, 0.01 / height, self.label, ha="center", va="bottom")
        draw_key(part, self._key(table), self.width_in)

    def _panel(
        self,
        axes: Axes,
        table: pd.DataFrame,
        rows: Sequence[str],
        series: Sequence[str],
        sources: Sequence[str],
        named: bool,
    ) -> None:
        row_axes(axes, rows, named)
        axes.grid(axis="y", color="0.92", lw=0.5)
        axes.set_axisbelow(True)
        plain_axes(axes, "top", "right", "left")
        axes.tick_params(axis="y", length=0, pad=2)
        for reference in sorted(set(table.loc[table["series"] != DIFFERENCE, "reference"].dropna())):
            axes.axvline(reference, color="0.55", lw=0.8, ls="--", zorder=0)
        for y, row in enumerate(rows):
            of_row = table[table["row"] == row]
            lines = self._lines(of_row, series, sources)
            for place, (source, names) in enumerate(lines):
                own = of_row[of_row["source"] == source]
                middle = y + (place + 1) / (len(lines) + 1)
                if self.joined:
                    _joined(axes, middle, own, names, SOURCES[source])
                else:
                    for one in own[own["series"].isin(names)].to_dict("records"):
                        _dot(axes, middle, one, SOURCES[source], MARKERS[series.index(one["series"])])

    def _limits(self, table: pd.DataFrame) -> tuple[float, float]:
        """Of all panels; bars of differences may reach beyond what an accuracy can be, and are cut off there."""
        shown, apart = table[table["series"] != DIFFERENCE], table[table["series"] == DIFFERENCE]
        values = np.concatenate([shown["value"], shown["reference"]])
        if not self.joined:
            return limits(values, shown["low"], shown["high"])
        place = ["source", "row", "panel"]
        starts = shown.drop_duplicates(place).set_index(place)["value"].rename("start")
        first = apart.join(starts, on=place)["start"].to_numpy()
        lows, highs = (np.clip(first + apart[end].to_numpy(), 0, 100) for end in ("low", "high"))
        return limits(values, lows, highs)

    def _lines(
        self, of_row: pd.DataFrame, series: Sequence[str], sources: Sequence[str]
    ) -> list[tuple[str, list[str]]]:
        """What stands on each line of a row: a source with its series, or each of its series by itself."""
        there = {*zip(of_row["source"], of_row["series"], strict=True)}
        if self.joined:
            return [(source, [*series]) for source in sources if source in set(of_row["source"])]
        return [(source, [name]) for source in sources for name in series if (source, name) in there]

    def _rows_in(self, table: pd.DataFrame) -> float:
        series, sources = _series(table), sources_of(table)
        marks = max(len(self._lines(own, series, sources)) for _, own in table.groupby(["row", "panel"]))
        return (MARK_IN * marks + PAD_IN) * int(table["row"].nunique())

    def _title_in(self, table: pd.DataFrame) -> float:
        across = min(self.across, table["panel"].nunique())
        return 0.07 + 0.105 * max(_broken(str(panel), across).count("\n") + 1 for panel in table["panel"])

    def _key_in(self, table: pd.DataFrame) -> float:
        return key_in([handle.get_label() for handle in self._key(table)], self.width_in)

    def _key(self, table: pd.DataFrame) -> list[Any]:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it
        from matplotlib.patches import Patch

        series, sources = _series(table), sources_of(table)
        alone = SOURCES[sources[0]] if len(sources) == 1 else "0.25"
        handles: list[Any] = [Patch(color=SOURCES[name], label=name) for name in sources if len(sources) > 1]
        for k, name in enumerate(series):
            look: Any = _look(k) if self.joined else {"marker": MARKERS[k], "ms": 3.2, "mew": 0}
            if len(series) > 1:
                handles.append(Line2D([], [], color=alone, ls="", label=name, **look))
        shown = table.loc[table["series"] != DIFFERENCE, "reference"]
        if self.reference and shown.notna().any():
            handles.append(Line2D([], [], color="0.55", lw=0.8, ls="--", label=self.reference))
        return handles


def _series(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in dict.fromkeys(table["series"]) if name != DIFFERENCE]


def _broken(title: str, across: int) -> str:
    """A panel's title, in lines where panels stand side by side."""
    return title.replace(": ", ":\n").replace(", ", ",\n") if across > 1 else title


def _look(k: int) -> Any:
    return TICK if k == 0 else {"marker": MARKERS[0] if k == 1 else MARKERS[3], "ms": 3.2, "mew": 0}


def _dot(axes: Axes, y: float, row: Any, colour: str, marker: str) -> None:
    if np.isnan(row["value"]):
        return
    if np.isinf(row["value"]):
        end, mark = (1, ">") if row["value"] > 0 else (0, "<")
        axes.plot(end, y, mark, color=colour, ms=3.5, mfc="none", transform=axes.get_yaxis_transform(), clip_on=False)
        return
    if not np.isnan(row["low"]):
        ends = np.clip([row["low"], row["high"]], -BEYOND, BEYOND)
        axes.plot(ends, [y, y], color=colour, lw=0.9, solid_capstyle="butt")
    axes.plot(row["value"], y, marker, color=colour, ms=3.2, mew=0)


def _joined(axes: Axes, y: float, rows: pd.DataFrame, series: Sequence[str], colour: str) -> None:
    known: dict[str, Any] = {str(row["series"]): row for row in rows.to_dict("records")}
    for k, name in enumerate(series):
        if name in known:
            axes.plot(known[name]["value"], y, color=colour, ls="", **_look(k))
    if DIFFERENCE in known and series[0] in known:
        start, apart = known[series[0]]["value"], known[DIFFERENCE]
        axes.plot([start + apart["low"], start + apart["high"]], [y, y], color=colour, lw=0.9, solid_capstyle="butt")
