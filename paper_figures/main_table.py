"""The main table (the paper's Table 2) as a heat map: models by 20 cells, coloured by how far above chance they are.

Numbers are accuracy in percent; colour is (accuracy - chance) / (1 - chance), so that cells with two and with four
options can be compared by eye. At the side, the plain mean over the 20 cells with its 95% interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.heat import fill
from paper_figures.style import (
    DIVERGING,
    OURS,
    PAGE_IN,
    SOURCES,
    group_heads,
    height_in,
    label_width_in,
    plain_axes,
    short,
    sources_of,
)
from spacenum.items.schema import CELLS, Cell
from spacenum.tables.names import NAMES, short_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

ROW_IN, TOP_IN, BOTTOM_IN, SIDE_IN, UNREAD_IN = 0.145, 1.22, 0.42, 1.05, 0.36
AVERAGE, ACCURACY, UNREAD = "average", "accuracy", "unread"
END = 50.0
"""Percent of the way from chance to perfect at which the colours end: on a scale to 100 the paper's VLMs, which reach
42, would all look alike."""
ROOM = 0.55
"""Of the range of averages, what their numbers take at its right."""
Rows = list[tuple[str, str]]
MANY_UNREAD = 10.0
"""Percent of replies; more are marked."""


def _ours(tables: Tables) -> pd.DataFrame:
    """One row per model and cell, and one per model with the mean over all 20 cells.

    A cell that was not run has no numbers; an average that is not over all 20 cells has none either.
    """
    cells, averages = tables["cells"], tables["averages"]
    models = list(dict.fromkeys(cells["model"]))
    by_cell = cells.set_index(["model", "cell"])
    whole = averages[(averages["scope"] == "all") & (averages["weighting"] == "cells")].set_index("model")
    rows = [_row(model, cell, by_cell.loc[(model, cell)] if (model, cell) in by_cell.index else None)
            for model in models for cell in CELLS]  # fmt: skip
    means = [_row(model, AVERAGE, whole.loc[model] if model in whole.index else None) for model in models]
    return tidy([*rows, *means, *_unread(cells)])


def _unread(cells: pd.DataFrame) -> list[dict[str, Any]]:
    """Per model and cell, and over all of a model's cells, which share of the replies is unread; nothing where none is
    asked for."""
    found = []
    for model, own in cells.groupby("model", sort=False):
        for panel, some in [*((cell, own[own["cell"] == cell]) for cell in own["cell"]), (AVERAGE, own)]:
            unread = int(some[["unparsed", "truncated"]].to_numpy().sum())
            replies = unread + int(some[["right", "wrong"]].to_numpy().sum())
            if replies:
                share = round(100 * unread / replies, 2)
                found.append({"row": model, "panel": panel, "series": UNREAD, "value": share, "n": replies})
    return found


def _row(model: str, panel: str, found: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"row": model, "panel": panel, "series": ACCURACY}
    if found is None:
        return row
    bounds = {"low": found["low"], "high": found["high"]} if panel == AVERAGE else {}
    return row | bounds | {"value": found["accuracy"], "n": found["n"], "reference": found["chance"]}


def _from_published(table: pd.DataFrame) -> pd.DataFrame:
    """The paper's rows; those of guessing are its chance."""
    from spacenum.scoring.published import published_items_per_cell  # when drawn: a plan needs none of it

    sizes = published_items_per_cell()
    guess = table[table["model"] == "Random Guess"].iloc[0]
    counts = {**sizes, AVERAGE: sum(sizes.values())}
    return tidy(
        {"row": row["model"], "panel": panel, "series": ACCURACY, "value": row[panel], "n": counts[panel],
         "reference": guess[panel]}
        for row in table.to_dict("records") for panel in (*CELLS, AVERAGE)
    )  # fmt: skip


@dataclass(frozen=True)
class MainTable:
    """Rows are models, in the table's order; where published ones stand among them, by their average."""

    width_in: float = PAGE_IN

    @property
    def marks(self) -> str:
        """What numbers, colours and corners mean."""
        return (
            f"In cells: accuracy, %; in brackets: items; hatched: not run. Colour: (accuracy − chance) / (1 − chance), "
            f"from −{END:g} to {END:g}%, and beyond as its ends. Red corner: more than {MANY_UNREAD:g}% of the replies "
            "are unread. Side: the average, with its 95% interval if there is one; dashed: chance."
        )

    def height_in(self, table: pd.DataFrame) -> float:
        return TOP_IN + ROW_IN * len(_ranked(table)) + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame) -> None:
        rows = _ranked(table)
        height, left = height_in(part), 1.08 * label_width_in([name for _, name in rows])  # some are bold
        bottom, rows_in = BOTTOM_IN / height, ROW_IN * len(rows) / height
        unread = table[table["series"] == UNREAD]
        last_in = UNREAD_IN if len(unread) else 0.0
        map_in = self.width_in - left - SIDE_IN - last_in
        accuracy = table[table["series"] == ACCURACY]
        heat = part.add_axes((left / self.width_in, bottom, map_in / self.width_in, rows_in))
        side_in = ((left + map_in + 0.1) / self.width_in, bottom, (SIDE_IN - 0.15) / self.width_in, rows_in)
        _heat_map(heat, accuracy, rows, unread)
        _averages(part.add_axes(side_in), accuracy, rows)
        if last_in:
            last = ((self.width_in - last_in) / self.width_in, bottom, (last_in - 0.03) / self.width_in, rows_in)
            _unread_column(part.add_axes(last), unread, rows)
        whose = "names: bold and blue of this study, orange published; " * (len(sources_of(table)) > 1)
        _key(part, left / self.width_in, 0.2 / height, 0.08 / height, whose)


def _ranked(table: pd.DataFrame) -> list[tuple[str, str]]:
    """(source, model) of each row: by their average where there are two sources, else as they stand; without one,
    last."""
    means = table[(table["panel"] == AVERAGE) & (table["series"] == ACCURACY)]
    if len(sources_of(table)) > 1:
        means = means.sort_values("value", ascending=False, kind="stable", na_position="last")
    return [(str(row["source"]), str(row["row"])) for row in means.to_dict("records")]


def _heat_map(axes: Axes, table: pd.DataFrame, rows: Rows, unread: pd.DataFrame) -> None:
    by_cell: Any = table.set_index(["source", "row", "panel"]).loc
    axes.set(xlim=(0, len(CELLS)), ylim=(len(rows), 0))
    for y, (source, model) in enumerate(rows):
        for x, cell in enumerate(CELLS):
            _cell(axes, x, y, by_cell[(source, model, cell)])
    for row in unread[(unread["panel"] != AVERAGE) & (unread["value"] > MANY_UNREAD)].to_dict("records"):
        _mark(axes, CELLS.index(row["panel"]), rows.index((row["source"], str(row["row"]))))
    axes.set_yticks(np.arange(len(rows)) + 0.5, [short(model) for _, model in rows])
    axes.set_xticks(np.arange(len(CELLS)) + 0.5, [_head(table, cell) for cell in CELLS], rotation=90)
    axes.tick_params(length=0, pad=2, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.tick_params(labelsize=6)
    if len(sources_of(table)) > 1:
        for label, (source, _) in zip(axes.get_yticklabels(), rows, strict=True):
            label.set(color=SOURCES[source], weight="bold" if source == OURS else "normal")
    for spine in axes.spines.values():
        spine.set_visible(False)
    for heads, up, weight in ((_of_cells("task"), 72, "normal"), (_of_cells("setting"), 84, "bold")):
        group_heads(axes, [NAMES[head] for head in heads], up, weight)


def _of_cells(field: str) -> list[str]:
    return [getattr(Cell.of(cell), field) for cell in CELLS]


def _cell(axes: Axes, x: int, y: int, row: Any) -> None:
    if np.isnan(row["value"]):
        fill(axes, x, y, "", None)
        return
    share = 100 * (row["value"] - row["reference"]) / (100 - row["reference"])
    fill(axes, x, y, f"{row['value']:.1f}" if row["value"] < 99.95 else "100", share / END)


def _mark(axes: Axes, x: int, y: int) -> None:
    """A corner of a cell of which many replies are unread."""
    from matplotlib.patches import Polygon  # when drawn: a plan needs none of it

    axes.add_patch(Polygon([(x + 0.72, y), (x + 1, y), (x + 1, y + 0.4)], facecolor="red", linewidth=0))


def _unread_column(axes: Axes, unread: pd.DataFrame, rows: Rows) -> None:
    """Which share of a model's replies is unread; many in bold red."""
    shares = unread[unread["panel"] == AVERAGE].set_index(["source", "row"])["value"]
    axes.set(xlim=(0, 1), ylim=(len(rows), 0), xticks=[], yticks=[])
    for y, place in enumerate(rows):
        if place in shares.index:
            many = shares[place] > MANY_UNREAD
            style: dict[str, Any] = {"color": "red", "weight": "bold"} if many else {}
            axes.text(0.95, y + 0.52, f"{shares[place]:.1f}", ha="right", va="center", fontsize=6, **style)
    axes.set_title("Unread\nreplies\n(%)", fontsize=6.5, pad=4)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _head(table: pd.DataFrame, cell: str) -> str:
    """A column's head, with how many items each model had."""
    counts = sorted(set(table.loc[table["panel"] == cell, "n"].dropna()))
    sizes = f"{counts[0]}–{counts[-1]}" if len(counts) > 1 else str(*counts)
    return f"{short_name(cell)} ({sizes or 'not run'})"


def _averages(axes: Axes, table: pd.DataFrame, rows: Rows) -> None:
    means = table[table["panel"] == AVERAGE]
    low, high = _limits(means)
    means = means.set_index(["source", "row"])
    axes.set(xlim=(low, high), ylim=(len(rows), 0), yticks=[])
    several = len({source for source, _ in rows}) > 1
    for y, place in enumerate(rows):
        row: Any = means.loc[place]
        colour = SOURCES[place[0]] if several else "black"
        across: Any = {"transform": axes.get_yaxis_transform(), "va": "center"}
        if np.isnan(row["value"]):
            axes.text(0.5, y + 0.52, "not all cells run", ha="center", **across)
            continue
        if not np.isnan(row["low"]):
            axes.plot([row["low"], row["high"]], [y + 0.5] * 2, color=colour, lw=0.8)
        axes.plot(row["value"], y + 0.5, "o", color=colour, ms=2.5)
        axes.text(0.99, y + 0.52, f"{row['value']:.1f}", ha="right", **across)
    for chance in means["reference"].dropna().round(1).unique():
        axes.axvline(chance, color="0.5", lw=0.8, ls="--", zorder=0)
    bar = "\nwith 95% interval" if means["low"].notna().any() else ""
    axes.set_title(f"Average of\n20 cells (%){bar}", fontsize=6.5, pad=4)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xticks([tick for tick in axes.get_xticks() if low <= tick <= min(100, high - 0.33 * (high - low))])
    plain_axes(axes, "top", "right", "left")


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """From a little below everything shown to a little above it, and room for the numbers at the right."""
    shown = rows[["value", "low", "high", "reference"]].to_numpy(dtype=float)
    shown = shown[np.isfinite(shown)]
    low, high = (shown.min() - 3, shown.max() + 3) if len(shown) else (0.0, 100.0)
    return low, high + ROOM * (high - low)


def _key(part: SubFigure, left: float, bottom: float, height: float, whose: str) -> None:
    """The scale of colours, as a strip of the same map, and the signs in the cells."""
    axes = part.add_axes((left, bottom, 0.15, height))
    axes.imshow(np.linspace(-1, 1, 201)[None], cmap=DIVERGING, aspect="auto", extent=(-END, END, 0, 1))
    ends = [f"≤ −{END:g}", f"{-END / 2:g}".replace("-", "−"), "0", f"{END / 2:g}", f"≥ {END:g}"]
    axes.set(yticks=[])
    axes.set_xticks([-END, -END / 2, 0, END / 2, END], ends)
    plain_axes(axes)
    text = (
        f"{whose}in cells: accuracy, %;\n"
        "in brackets: items; colour: (accuracy − chance) / (1 − chance), %; hatched: not run;\n"
        f"red corner: more than {MANY_UNREAD:g}% of the replies are unread; dashed: chance"
    )
    place: Any = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
    axes.annotate(text, (1, 0.5), (20, 0), fontsize=5.8, **place)


FIGURE = PaperFigure(
    number="Table 2",
    title="Accuracy in the 20 cells",
    sees="How far each model stands above chance (purple) or below it (orange), "
    "cell by cell, and its mean over all cells; and which share of its replies is unread. Beside the published "
    "numbers, all models stand in one order, by their average.",
    plot=MainTable(),
    tables=("cells", "averages"),
    ours=_ours,
    published="table2_main",
    from_published=_from_published,
)
