"""One look for all figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

WIDTH_IN = 7.1
"""A page of two columns."""

STYLE: Any = {
    "font.size": 6.5,
    "font.family": "DejaVu Sans",
    "axes.linewidth": 0.5,
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.4,
    "hatch.color": "0.6",
}

SERIES = (("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), ("#cc79a7", "D"))
"""Colours that can be told apart with any colour vision (Okabe and Ito, 2008), each with a marker of its own."""

DIVERGING = "PuOr"
"""Orange below, purple above, white between: told apart with any colour vision."""


def label_width_in(labels: list[str]) -> float:
    """Inches that names of rows take at the left."""
    return 0.16 + 0.055 * max((min(len(label), LONGEST) for label in labels), default=0)


LONGEST = 38


def short(label: str) -> str:
    """A name of a row, its middle cut if need be: names of one figure often begin alike."""
    kept = LONGEST - 1
    return label if len(label) <= LONGEST else label[: kept - kept // 2] + "…" + label[-(kept // 2) :]


def height_in(part: SubFigure) -> float:
    """Height of a part of a figure in inches."""
    return float(part.bbox.height / part.get_figure(root=True).dpi)


def group_head(axes: Axes, name: str, start: float, end: float, up: float, weight: str = "normal") -> None:
    """A name and a line over the columns from ``start`` to ``end``, ``up`` points above the
    axes; a border on their left."""
    from matplotlib.transforms import ScaledTranslation  # when drawn: a plan needs none of it

    figure: Any = axes.get_figure(root=True)
    above: Any = axes.get_xaxis_transform()
    place: Any = {"xycoords": above, "textcoords": "offset points", "annotation_clip": False}
    axes.annotate(name, ((start + end) / 2, 1), (0, up), ha="center", va="bottom", weight=weight, **place)
    line = above + ScaledTranslation(0, (up - 1) / 72, figure.dpi_scale_trans)
    axes.plot([start + 0.1, end - 0.1], [1, 1], color="black", lw=0.5, clip_on=False, transform=line)
    if start:
        axes.axvline(start, color="black", lw=0.8)
