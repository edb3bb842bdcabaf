"""The main table (the paper's Table 2) as a heat map: models by 20 cells, coloured by how far above chance they are.

Numbers are accuracy in percent; colour is (accuracy - chance) / (1 - chance), so that cells with two and with four
options can be compared by eye. At the side, the plain mean over the 20 cells with its 95% interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_figures.base import PaperFigure, Tables, tidy
from paper_figures.style import DIVERGING, WIDTH_IN, group_head, height_in, label_width_in, short
from spacenum.items.schema import CELLS, SETTINGS, TASKS, cells_of
from spacenum.tables.names import NAMES, short_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

ROW_IN, TOP_IN, BOTTOM_IN, SIDE_IN, UNREAD_IN = 0.2, 1.12, 0.42, 1.2, 0.38
AVERAGE, ACCURACY, UNREAD = "average", "accuracy", "unread"
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
    """The heat map, with the averages at its side."""

    def height_in(self, table: pd.DataFrame) -> float:
        return TOP_IN + ROW_IN * table["row"].nunique() + BOTTOM_IN

    def draw(self, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
        models = [str(row) for row in dict.fromkeys(table["row"])]
        height, left = height_in(part), label_width_in([str(row) for row in everything["row"]])
        bottom, rows = BOTTOM_IN / height, ROW_IN * len(models) / height
        map_in = WIDTH_IN - left - SIDE_IN - UNREAD_IN
        accuracy, unread = table[table["series"] == ACCURACY], table[table["series"] == UNREAD]
        heat = part.add_axes((left / WIDTH_IN, bottom, map_in / WIDTH_IN, rows))
        side = part.add_axes(((left + map_in + 0.1) / WIDTH_IN, bottom, (SIDE_IN - 0.15) / WIDTH_IN, rows))
        _heat_map(heat, accuracy, models, unread)
        shown = everything[everything["series"] == ACCURACY]
        _averages(side, accuracy, models, _limits(shown[shown["panel"] == AVERAGE]))
        last = part.add_axes(((WIDTH_IN - UNREAD_IN) / WIDTH_IN, bottom, (UNREAD_IN - 0.03) / WIDTH_IN, rows))
        _unread_column(last, unread, models)
        _key(part, left / WIDTH_IN, 0.2 / height, 0.08 / height)


def _heat_map(axes: Axes, table: pd.DataFrame, models: list[str], unread: pd.DataFrame) -> None:
    by_cell = table.set_index(["row", "panel"])
    axes.set(xlim=(0, len(CELLS)), ylim=(len(models), 0))
    for y, model in enumerate(models):
        for x, cell in enumerate(CELLS):
            _cell(axes, x, y, by_cell.loc[(model, cell)])
    for row in unread[(unread["panel"] != AVERAGE) & (unread["value"] > MANY_UNREAD)].to_dict("records"):
        _mark(axes, CELLS.index(row["panel"]), models.index(str(row["row"])))
    axes.set_yticks(np.arange(len(models)) + 0.5, [short(model) for model in models])
    axes.set_xticks(np.arange(len(CELLS)) + 0.5, [_head(table, cell) for cell in CELLS], rotation=90)
    axes.tick_params(length=0, pad=2, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.tick_params(labelsize=6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _group_heads(axes)


def _cell(axes: Axes, x: int, y: int, row: Any) -> None:
    import matplotlib  # when drawn: a plan needs none of it
    from matplotlib.colors import Normalize
    from matplotlib.patches import Rectangle

    if np.isnan(row["value"]):
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor="white", edgecolor="0.6", hatch="////", linewidth=0))
        return
    share = (row["value"] - row["reference"]) / (100 - row["reference"])
    colour = matplotlib.colormaps[DIVERGING](Normalize(-1, 1)(share))
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.5))
    text = f"{row['value']:.1f}" if row["value"] < 99.95 else "100"
    ink = "white" if abs(share) > 0.6 else "black"
    axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", color=ink, fontsize=6)


def _mark(axes: Axes, x: int, y: int) -> None:
    """A corner of a cell of which many replies are unread."""
    from matplotlib.patches import Polygon

    axes.add_patch(Polygon([(x + 0.72, y), (x + 1, y), (x + 1, y + 0.4)], facecolor="red", linewidth=0))


def _unread_column(axes: Axes, unread: pd.DataFrame, models: list[str]) -> None:
    """Which share of a model's replies is unread; many in bold red."""
    shares = unread[unread["panel"] == AVERAGE].set_index("row")["value"]
    axes.set(xlim=(0, 1), ylim=(len(models), 0), xticks=[], yticks=[])
    for y, model in enumerate(models):
        if model in shares.index:
            many = shares[model] > MANY_UNREAD
            style: dict[str, Any] = {"color": "red", "weight": "bold"} if many else {}
            axes.text(0.95, y + 0.52, f"{shares[model]:.1f}", ha="right", va="center", fontsize=6, **style)
    axes.set_title("Unread\nreplies\n(%)", fontsize=6.5, pad=4)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _head(table: pd.DataFrame, cell: str) -> str:
    """A column's head, with how many items each model had."""
    counts = sorted(set(table.loc[table["panel"] == cell, "n"].dropna()))
    sizes = f"{counts[0]}–{counts[-1]}" if len(counts) > 1 else str(*counts)
    return f"{short_name(cell)} ({sizes or 'not run'})"


def _group_heads(axes: Axes) -> None:
    """Setting and task over the columns that they share."""
    for setting in SETTINGS:
        for task, up, weight in [*((task, 64, "normal") for task in TASKS), (None, 76, "bold")]:
            columns = [CELLS.index(cell) for cell in cells_of(setting, task)]
            group_head(axes, NAMES[task or setting], columns[0], columns[-1] + 1, up, weight)


def _averages(axes: Axes, table: pd.DataFrame, models: list[str], limits: tuple[float, float]) -> None:
    rows = table[table["panel"] == AVERAGE].set_index("row").loc[models]
    axes.set(xlim=limits, ylim=(len(models), 0), yticks=[])
    for y, row in enumerate(rows.to_dict("records")):
        if np.isnan(row["value"]):
            axes.text(0.5, y + 0.5, "not all cells run", transform=axes.get_yaxis_transform(), ha="center", va="center")
            continue
        if not np.isnan(row["low"]):
            axes.plot([row["low"], row["high"]], [y + 0.5] * 2, color="black", lw=0.8)
        axes.plot(row["value"], y + 0.5, "o", color="black", ms=2.5)
        axes.text(0.99, y + 0.52, f"{row['value']:.1f}", transform=axes.get_yaxis_transform(), ha="right", va="center")
    chance = rows["reference"].dropna()
    if len(chance):
        axes.axvline(chance.iloc[0], color="0.5", lw=0.8, ls="--", zorder=0)
    axes.set_title("Average of 20 cells (%)\nwith 95% interval;\ndashed: chance", fontsize=6.5, pad=4)
    axes.set_xticks([tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= min(100, axes.get_xlim()[1])])
    axes.tick_params(length=2, pad=1.5)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """From a little below everything shown to a little above it, and room for the numbers at the right."""
    shown = rows[["value", "low", "high", "reference"]].to_numpy(dtype=float)
    shown = shown[np.isfinite(shown)]
    low, high = (shown.min() - 3, shown.max() + 3) if len(shown) else (0.0, 100.0)
    return low, high + 0.4 * (high - low)


def _key(part: SubFigure, left: float, bottom: float, height: float) -> None:
    """The scale of colours, as a strip of the same map, and the sign for what was not run."""
    axes = part.add_axes((left, bottom, 0.19, height))
    axes.imshow(np.linspace(-1, 1, 201)[None], cmap=DIVERGING, aspect="auto", extent=(-100, 100, 0, 1))
    axes.set(yticks=[], xticks=[-100, -50, 0, 50, 100])
    axes.tick_params(length=2, pad=1.5)
    text = (
        "(accuracy − chance) / (1 − chance), %\nin cells: accuracy, %; in brackets: items; hatched: not run\n"
        f"red corner: more than {MANY_UNREAD:g}% of the replies are unread"
    )
    place: Any = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
    axes.annotate(text, (1, 0.5), (8, 0), fontsize=5.8, **place)


FIGURE = PaperFigure(
    number="Table 2",
    title="Accuracy in the 20 cells",
    sees="How far each model stands above chance (purple) or below it (orange), "
    "cell by cell, and its mean over all cells; and which share of its replies is unread.",
    plot=MainTable(),
    tables=("cells", "averages"),
    ours=_ours,
    published="table2_main",
    from_published=_from_published,
)
