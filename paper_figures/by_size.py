"""A score by a model's size: a colour and a marker per family, joined by a line; what has no size in a strip beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

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
    short,
    sources_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

PLOT_IN, TOP_IN, LEFT_IN, BOTTOM_IN, STRIP_IN = 1.7, 0.05, 0.4, 0.34, 0.14
TICKS = (0.001, 0.01, 0.1, 0.5, 1, 2, 4, 8, 16, 32, 72)
UNSIZED = "without a size"
BESIDE = 1.05
"""By which families of one size stand apart."""


@dataclass(frozen=True)
class BySize:
    """y: label of the score. A table's ``series`` is the family, its ``panel`` the size in billions of parameters;
    empty, and UNSIZED, for what stands in the strip. Rows whose ``series`` is in ``levels`` are lines across.
    reference: what the dashed line is."""

    y: str
    reference: str
    levels: tuple[str, ...] = ()
    width_in: float = COLUMN_IN

    @property
    def marks(self) -> str:
        """What bars, lines and filling mean."""
        return (
            "Lines join a family's sizes; families of one size stand a little apart. "
            "Bars are 95% intervals, cut off where they leave the frame. "
            "Published points are hollow and joined by dashes."
        )

    def height_in(self, table: pd.DataFrame) -> float:
        return self._key_in(table) + TOP_IN + PLOT_IN + _bottom_in(_unsized(self._points(table)))

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        points, height = self._points(table), height_in(part)
        names = _unsized(points)
        strip = STRIP_IN * len(names)
        bottom = _bottom_in(names) / height
        within = limits(table[["value", "reference"]], points["low"], points["high"])
        width = self.width_in - LEFT_IN - 0.06 - (strip + 0.08 if names else 0)
        sized = bool(points["x"].notna().any())
        panels: list[Axes] = []
        if sized or not names:
            panels.append(part.add_axes((LEFT_IN / self.width_in, bottom, width / self.width_in, PLOT_IN / height)))
            self._sized(panels[0], points)
        if names:  # alone, they take all of the width
            x, across = (LEFT_IN + width + 0.08, strip) if sized else (LEFT_IN, self.width_in - LEFT_IN - 0.06)
            panels.append(part.add_axes((x / self.width_in, bottom, across / self.width_in, PLOT_IN / height)))
            _strip(panels[-1], points, names, left=not sized)
        for axes in panels:
            axes.set_ylim(within)
            self._across(axes, table)
        panels[0].set_ylabel(self.y, labelpad=2)
        draw_key(part, self._key(table), self.width_in)

    def _points(self, table: pd.DataFrame) -> pd.DataFrame:
        found = table[~table["series"].isin(self.levels)]
        return found.assign(x=found["panel"].astype(float))

    def _sized(self, axes: Axes, points: pd.DataFrame) -> None:
        sized = points[points["x"].notna()]
        families = _families(sized)
        plain_axes(axes, "top", "right")
        axes.set(xscale="log", xlabel="parameters (billions)")
        for source in sources_of(sized):
            for k, family in enumerate(families):
                own = sized[(sized["series"] == family) & (sized["source"] == source)].sort_values("x")
                x = own["x"] * BESIDE ** (k - (len(families) - 1) / 2)
                axes.plot(x, own["value"], **_look(k, source == PUBLISHED))
                axes.vlines(x, own["low"], own["high"], color=_colour(k), lw=0.7)
        if len(sized):
            least, most = sized["x"].min() / 1.4, sized["x"].max() * 1.4
            axes.set_xlim(least, most)
            shown = [tick for tick in TICKS if least <= tick <= most] or [float(sized["x"].iloc[0])]
            axes.set_xticks(shown, [f"{tick:g}" for tick in shown])
        else:
            axes.set_xticks([])
        axes.minorticks_off()

    def _across(self, axes: Axes, table: pd.DataFrame) -> None:
        for value in table["reference"].dropna().unique():
            axes.axhline(value, color="0.55", lw=0.8, ls="--", zorder=0)
        for name in self.levels:
            for value in table.loc[table["series"] == name, "value"].dropna().unique():
                axes.axhline(value, color="0.55", lw=0.8, ls=":", zorder=0)

    def _key_in(self, table: pd.DataFrame) -> float:
        return key_in([handle.get_label() for handle in self._key(table)], self.width_in)

    def _key(self, table: pd.DataFrame) -> list[Any]:
        from matplotlib.lines import Line2D  # when drawn: a plan needs none of it

        points = self._points(table)
        handles = [Line2D([], [], label=family, **_look(k, False)) for k, family in enumerate(_families(points))]
        if PUBLISHED in sources_of(points):
            hollow: Any = {"color": "0.3", "marker": "o", "mfc": "white", "ls": "--", "lw": 0.8, "ms": 3.2}
            handles.append(Line2D([], [], label="published", **hollow))
        handles.append(Line2D([], [], color="0.55", lw=0.8, ls="--", label=self.reference))
        for name in self.levels:
            if (table["series"] == name).any():
                handles.append(Line2D([], [], color="0.55", lw=0.8, ls=":", label=name))
        return handles


def _families(points: pd.DataFrame) -> list[str]:
    """In one order whatever is shown, so that each keeps its colour."""
    return sorted({str(name) for name in points["series"]} - {UNSIZED})


def _unsized(points: pd.DataFrame) -> list[str]:
    return [str(row) for row in dict.fromkeys(points.loc[points["x"].isna(), "row"])]


def _bottom_in(names: Sequence[str]) -> float:
    """What names below the strip take."""
    return max([BOTTOM_IN, *(0.12 + 0.05 * len(short(name)) for name in names)])


def _colour(k: int) -> str:
    return COLOURS[k % len(COLOURS)]


def _look(k: int, hollow: bool) -> Any:
    look: Any = {"color": _colour(k), "marker": MARKERS[k % len(MARKERS)], "ms": 3.2, "mew": 0.8, "lw": 0.9}
    return look | {"mfc": "white", "ls": "--", "lw": 0.7} if hollow else look


def _strip(axes: Axes, points: pd.DataFrame, names: Sequence[str], left: bool) -> None:
    """What has no size, one place each, in black. left: whether nothing stands left of it that has the scale."""
    plain_axes(axes, "top", "right", *(() if left else ("left",)))
    axes.set(xlim=(-0.5, len(names) - 0.5), **({} if left else {"yticks": []}))
    axes.set_xticks(np.arange(len(names)), [short(name) for name in names], rotation=90, fontsize=5.8)
    for one in points[points["x"].isna()].to_dict("records"):
        x = names.index(str(one["row"]))
        axes.plot(x, one["value"], "o", color="0.2", ms=2.8, mew=0)
        if not np.isnan(one["low"]):
            axes.vlines(x, one["low"], one["high"], color="0.2", lw=0.8)
