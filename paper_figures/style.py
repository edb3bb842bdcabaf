"""One look for all figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

COLUMN_IN, PAGE_IN = 3.35, 7.1
"""Widths of one column and of a page of two; figures are drawn in the size in which they are printed."""

STYLE: Any = {
    "font.size": 6.5,
    "font.family": "DejaVu Sans",
    "axes.linewidth": 0.5,
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.4,
    "hatch.color": "0.6",
}

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Told apart with any colour vision (Okabe and Ito, 2008)."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
OURS, PUBLISHED = "This study", "Published"
SOURCES = {OURS: COLOURS[0], PUBLISHED: COLOURS[1]}
"""The colour of each source, in figures where colour says whose a number is."""

DIVERGING = "PuOr"
"""Orange below, purple above, white between: told apart with any colour vision."""

KEY_IN, LINE_IN = 0.14, 0.13
LONGEST = 30


def label_width_in(labels: Sequence[str]) -> float:
    """Inches that names of rows take at the left."""
    return 0.14 + 0.048 * max((min(len(label), LONGEST) for label in labels), default=0)


def short(label: str) -> str:
    """A name of a row, its middle cut if need be: names of one figure often begin alike."""
    kept = LONGEST - 1
    return label if len(label) <= LONGEST else label[: kept - kept // 2] + "…" + label[-(kept // 2) :]


def height_in(part: SubFigure) -> float:
    """Height of a part of a figure in inches."""
    return float(part.bbox.height / part.get_figure(root=True).dpi)


def sources_of(table: pd.DataFrame) -> list[str]:
    """The sources that have numbers in a table, this study first."""
    return [source for source in SOURCES if (table["source"] == source).any()]


def limits(values: Any, lows: Any, highs: Any, reach: float = 0.5) -> tuple[float, float]:
    """Limits of an axis: all values, with a margin, and of their intervals what goes beyond them by no more than
    ``reach`` of the values' span, or 10 points. An interval of two scenes would else leave no room for anything."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return 0.0, 100.0
    least, most = float(known.min()), float(known.max())
    room = max(reach * (most - least), 10.0)
    ends = np.concatenate([np.asarray(lows, dtype=float), np.asarray(highs, dtype=float), known])
    ends = np.clip(ends[np.isfinite(ends)], least - room, most + room)
    margin = max(0.06 * float(np.ptp(ends)), 1.0)
    return float(ends.min()) - margin, float(ends.max()) + margin


def key_lines(labels: Sequence[str], width_in: float) -> list[list[int]]:
    """Which labels of a key stand in which of its lines."""
    lines: list[list[int]] = [[]]
    used = 0.0
    for place, label in enumerate(labels):
        needs = 0.3 + 0.05 * len(label)
        if lines[-1] and used + needs > width_in - 0.1:
            lines.append([])
            used = 0.0
        lines[-1].append(place)
        used += needs
    return lines


def key_in(labels: Sequence[str], width_in: float) -> float:
    """Height of a key."""
    return KEY_IN * len(key_lines(labels, width_in))


def draw_key(part: SubFigure, handles: Sequence[Any], width_in: float) -> None:
    """What marks and colours mean, at the top of a part, in as many lines as it takes."""
    height = height_in(part)
    for number, line in enumerate(key_lines([handle.get_label() for handle in handles], width_in)):
        part.legend(
            handles=[handles[place] for place in line],
            loc="upper right",
            bbox_to_anchor=(1 - 0.03 / width_in, 1 - number * KEY_IN / height),
            ncols=len(line),
            frameon=False,
            fontsize=6,
            borderaxespad=0,
            borderpad=0,
            handletextpad=0.4,
            handlelength=1.4,
            columnspacing=1.1,
        )


def plain_axes(axes: Axes, *sides: str) -> None:
    """Without the spines of these sides, with short ticks."""
    for side in sides:
        axes.spines[side].set_visible(False)
    axes.tick_params(length=2, pad=1.5)


def row_axes(axes: Axes, rows: Sequence[str], named: bool = True) -> None:
    """Rows from the top down, each one unit high, named at the left."""
    axes.set(ylim=(len(rows), 0), yticks=np.arange(len(rows)) + 0.5)
    axes.set_yticklabels([short(row) for row in rows] if named else [], fontsize=6)
    axes.tick_params(axis="y", length=0, pad=2)


def wrapped(text: str, width_in: float, per_inch: float) -> list[str]:
    """A text in lines that fit into a width."""
    return wrap(text, int(width_in * per_inch))


def group_heads(axes: Axes, heads: Sequence[str], up: float, weight: str = "normal") -> None:
    """Each head once, over the columns that share it, ``up`` points above the axes."""
    start = 0
    for name, columns in groupby(heads):
        end = start + len(list(columns))
        _group_head(axes, name, start, end, up, weight)
        start = end


def _group_head(axes: Axes, name: str, start: float, end: float, up: float, weight: str) -> None:
    from matplotlib.transforms import ScaledTranslation  # when drawn: a plan needs none of it

    figure: Any = axes.get_figure(root=True)
    above: Any = axes.get_xaxis_transform()
    place: Any = {"xycoords": above, "textcoords": "offset points", "annotation_clip": False}
    axes.annotate(name, ((start + end) / 2, 1), (0, up), ha="center", va="bottom", weight=weight, **place)
    line = above + ScaledTranslation(0, (up - 1) / 72, figure.dpi_scale_trans)
    axes.plot([start + 0.1, end - 0.1], [1, 1], color="black", lw=0.5, clip_on=False, transform=line)
    if start:
        axes.axvline(start, color="black", lw=0.8)
