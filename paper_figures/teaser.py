"""What the benchmark asks, in one picture: a family of transitions and a family of layouts with their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from paper_figures.style import COLOURS, PAGE_IN, STYLE
from spacenum.core.provenance import atomic_path
from spacenum.frames.store import read_image
from spacenum.items.numbers import write_corners, write_magnitude
from spacenum.items.schema import Image, LayoutItem, LayoutOption, TransitionItem, TransitionOption
from spacenum.tables.base import write_csv

TRANSITION, LAYOUT = "transition.num2space.rotate_left_right", "layout.num2space.2d.room"
"""The cells whose first items are shown."""
COLUMNS = 5
NAME_PT, NAME_EM = 5.5, 0.6
"""Size of an anchor's name, and the width of its letters."""
ROOM: dict[str, Any] = {"left": 0.036, "right": 0.995, "top": 0.94, "bottom": 0.045, "wspace": 0.06, "hspace": 0.2}


def first_item(items: Iterable[Any], cell: str) -> Any:
    """The first item of a cell; ValueError if there is none."""
    for item in items:
        if item.cell == cell:
            return item
    raise ValueError(f"no item of cell {cell}")


def _number(option: TransitionOption | LayoutOption) -> str:
    if isinstance(option, LayoutOption):
        return write_corners(option.value)
    return write_magnitude(option.value, option.unit)


def plotted(transition: TransitionItem, layout: LayoutItem) -> pd.DataFrame:
    """The items, images and numbers that the picture shows."""
    rows = []
    for item in (transition, layout):
        for option in item.options:
            rows.append((item.id, option.letter, _number(option), option.image))
    return pd.DataFrame(rows, columns=["item", "letter", "number", "image"])


def draw(transition: TransitionItem, layout: LayoutItem, root: Path) -> Figure:
    """Top: the view before, then after each magnitude. Bottom: the map, then each placement with its corners, in the
    colour and under the letter that it has in the map."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(PAGE_IN, 3.2))
        axes = figure.subplots(2, COLUMNS, gridspec_kw=ROOM)
        before = next(part.image for part in transition.prompt if isinstance(part, Image))
        _show(axes[0, 0], root / before, "before")
        verb = transition.truth.direction
        ordered = sorted(transition.options, key=lambda option: option.value)
        for axis, option in zip(axes[0, 1:], ordered, strict=True):
            _show(axis, root / str(option.image), f"turned {verb} {write_magnitude(option.value, option.unit)}")
        _map(axes[1, 0], layout)
        for axis, placed, colour in zip(axes[1, 1:], layout.options, COLOURS, strict=False):
            said = f"{placed.letter}  {layout.truth.target}:\n{write_corners(placed.value)}"
            _show(axis, root / str(placed.image), said, colour)
        return figure


def _show(axis: Axes, image: Path, title: str, colour: str = "black") -> None:
    axis.imshow(read_image(image))
    axis.set_title(title, fontsize=5.6, pad=2, color=colour, linespacing=1.05)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(color=colour, linewidth=0.5 if colour == "black" else 1.2)


def _map(axis: Axes, item: LayoutItem) -> None:
    """Both anchors and the four placements, seen from above, in the map's numbers."""
    anchors = item.truth.anchors
    for entry in (anchors.origin, anchors.direction):
        _box(axis, entry.corners, edgecolor="0.35", facecolor="0.85")
    for option, colour in zip(item.options, COLOURS, strict=False):
        _box(axis, option.value, edgecolor=colour, facecolor="none")
    axis.set_aspect("equal", adjustable="datalim")
    axis.margins(0.2)
    axis.autoscale_view()
    for entry in (anchors.origin, anchors.direction):
        _name(axis, entry.corners, entry.name, "0.25")
    for place, (option, colour) in enumerate(zip(item.options, COLOURS, strict=False)):
        _letter(axis, option.value, option.letter, colour, place)
    axis.axhline(0, color="0.7", linewidth=0.5, zorder=0)
    axis.axvline(0, color="0.7", linewidth=0.5, zorder=0)
    axis.tick_params(labelsize=5, length=2, pad=1)
    axis.set_title("the cognitive map", fontsize=5.6, pad=2)


def _box(axis: Axes, corners: Any, **look: Any) -> None:
    (x0, y0), (x1, y1) = corners
    axis.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, linewidth=0.8, **look))


def _name(axis: Axes, corners: Any, name: str, colour: str) -> None:
    """An anchor's name below its box, and so far to the side that the axes hold it: a box can be narrower."""
    (x0, y0), (x1, _) = corners
    low, high = axis.get_xlim()
    inches = axis.get_window_extent().width / axis.figure.dpi
    half = min(0.5, 0.5 * len(name) * NAME_EM * NAME_PT / 72 / inches) * (high - low)
    x = min(max((x0 + x1) / 2, low + half), high - half)
    style: Any = {"textcoords": "offset points", "ha": "center", "va": "top", "fontsize": NAME_PT, "color": colour}
    style["bbox"] = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.3}
    axis.annotate(name, (x, y0), (0, -1), **style)


def _letter(axis: Axes, corners: Any, letter: str, colour: str, place: int) -> None:
    """An option's letter at a corner of its box: each at another one, for boxes may share their centre."""
    (x0, y0), (x1, y1) = corners
    x, y = (x0, x1)[place % 2], (y1, y0)[place // 2]
    style: Any = {"ha": ("right", "left")[place % 2], "va": ("bottom", "top")[place // 2], "weight": "bold"}
    axis.annotate(letter, (x, y), (0, 0), textcoords="offset points", fontsize=6, color=colour, **style)


def write_figure(stem: Path, transition: TransitionItem, layout: LayoutItem, root: Path = Path()) -> None:
    """Write ``stem`` with .csv, .pdf and .png, each atomically; the same items give the same bytes."""
    write_csv(stem.with_suffix(".csv"), plotted(transition, layout))
    figure = draw(transition, layout, root)
    for suffix, options in ((".pdf", {"metadata": {"CreationDate": None}}), (".png", {"dpi": 300})):
        with matplotlib.rc_context(STYLE), atomic_path(stem.with_suffix(suffix)) as path:
            figure.savefig(path, format=suffix[1:], **options)
