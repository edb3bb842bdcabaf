"""Lines over a share: a panel per row, a colour per series, the panel's number as the place on the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paper_figures.style import (
    COLOURS,
    COLUMN_IN,
    MARKERS,
    PUBLISHED,
    draw_key,
    height_in,
    key_in,
    limits,
    plain_axes,
    sources_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

PANEL_IN, TITLE_IN, TICKS_IN, LABEL_IN, LEFT_IN, GAP_IN, MOST = 1.0, 0.28, 0.16, 0.14, 0.42, 0.12, 2


@dataclass(frozen=True)
class Lines:
    """x: label of the axis that ``panel`` (a number) stands on. y: label of the values."""

    x: str
    y: str
    width_in: float = COLUMN_IN

    @property
    def marks(self) -> str:
        """What bars and filling mean."""
        return "Bars are 95% intervals; published points are hollow and joined by dashes."

    def height_in(self, table: pd.DataFrame) -> float:
        rows = -(-table["row"].nunique() // MOST)
        return self._key_in(table) + rows * (TITLE_IN + PANEL_IN + TICKS_IN) + LABEL_IN

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        names = [str(row) for row in dict.fromkeys(table["row"])]
        height, width = height_in(part), (self.width_in - LEFT_IN) / MOST - GAP_IN
        within = limits(table[["value", "reference"]], table["low"], table["high"])
        for k, name in enumerate(names):
            line, across = divmod(k, MOST)
            x = LEFT_IN + across * (width + GAP_IN)
            y = height - self._key_in(table) - (line + 1) * (TITLE_IN + PANEL_IN) - line * TICKS_IN
            axes = part.add_axes((x / self.width_in, y / height, width / self.width_in, PANEL_IN / height))
            _panel(axes, table[table["row"] == name], _series(table))
            axes.set_title(name.replace(": ", ":\n"), fontsize=6.5, pad=3)
            axes.set(xlim=(-5, 105), ylim=within, xticks=[0, 25, 50, 75, 100])
            if across:
                axes.set_yticklabels([])
            else:
                axes.set_ylabel(self.y, labelpad=2)
        part.text((LEFT_IN + self.width_in) / 2 / self.width_in, 0.01 / height, self.x, ha="center", va="bottom")
        draw_key(part, self._key(table), self.width_in)

    def _key_in(self, table: pd.DataFrame) -> float:
        return key_in([handle.get_label() for handle in self._key(table)], self.width_in)

    def _key(self, table: pd.DataFrame) -> list[Any]:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it

        handles = [Line2D([], [], label=name, **_look(k, False)) for k, name in enumerate(_series(table))]
        if PUBLISHED in sources_of(table):
            hollow: Any = {"color": "0.3", "marker": "o", "mfc": "white", "ls": "--", "lw": 0.8, "ms": 3}
            handles.append(Line2D([], [], label="published", **hollow))
        if table["reference"].notna().any():
            handles.append(Line2D([], [], color="0.4", lw=0.7, ls=":", label="chance, in the series' colour"))
        return handles


def _series(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in dict.fromkeys(table["series"])]


def _look(k: int, hollow: bool) -> Any:
    look: Any = {"color": COLOURS[k], "marker": MARKERS[k], "ms": 3, "mew": 0.8, "lw": 1}
    return look | {"mfc": "white", "ls": "--", "lw": 0.8} if hollow else look


def _panel(axes: Axes, table: pd.DataFrame, series: Sequence[str]) -> None:
    plain_axes(axes, "top", "right")
    axes.grid(axis="y", color="0.92", lw=0.5)
    for source in sources_of(table):
        for k, name in enumerate(series):
            found = table[(table["series"] == name) & (table["source"] == source)]
            found = found.assign(x=found["panel"].astype(float)).sort_values("x")
            axes.plot(found["x"], found["value"], **_look(k, source == PUBLISHED))
            known = found.dropna(subset=["low", "high"])
            axes.vlines(known["x"], known["low"], known["high"], color=COLOURS[k], lw=0.8)
            for value in found["reference"].dropna().unique():
                axes.axhline(value, color=COLOURS[k], lw=0.7, ls=":", zorder=0)
