"""The main table (the paper's Table 2) as a heat map: models by 20 cells, coloured by how far above chance they are.

Numbers are accuracy in percent; colour is (accuracy - chance) / (1 - chance), so that cells with two and with four options
can be compared by eye. At the side, the plain mean over the 20 cells with its 95% interval.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from paper_figures.style import STYLE
from spacenum.items.schema import CELLS, SETTINGS, TASKS
from spacenum.provenance import atomic_path
from spacenum.scoring.statistics import FEW_CLUSTERS
from spacenum.tables.base import NAMES, short_name, write_csv

WIDTH_IN, ROW_IN, MARGIN_IN = 7.1, 0.2, 1.8  # a page of two columns; MARGIN_IN: heads above and the key below
COLOURS = "PuOr"  # told apart with any colour vision; orange is below chance, purple above


def plotted(cells: pd.DataFrame, averages: pd.DataFrame) -> pd.DataFrame:
    """Exactly what the figure shows, one row per model and cell and one per model with cell "average".

    cells, averages: the tables of ``spacenum.tables.detail``. A cell that was not run has no numbers; an average that is
    not over all 20 cells has none either.
    """
    models = list(dict.fromkeys(cells["model"]))
    known = cells[["model", "cell", "n", "accuracy", "chance", "normalised"]]
    grid = pd.MultiIndex.from_product([models, CELLS], names=["model", "cell"]).to_frame(index=False)
    whole = averages[(averages["scope"] == "all") & (averages["weighting"] == "cells")]
    mean = pd.DataFrame({"model": models, "cell": "average"}).merge(
        whole[["model", "n", "accuracy", "low", "high", "chance", "normalised"]], on="model", how="left"
    )
    table = pd.concat([grid.merge(known, on=["model", "cell"], how="left"), mean], ignore_index=True)
    return table.astype({"n": "Int64"})[["model", "cell", "n", "accuracy", "low", "high", "chance", "normalised"]]


def draw(table: pd.DataFrame, few_clusters: bool = False) -> Figure:
    """The figure of what ``plotted`` returns.

    few_clusters: fewer than 20 scenes of some setting and scale stand behind an interval, which the key then says.
    """
    models = list(dict.fromkeys(table["model"]))
    height = MARGIN_IN + ROW_IN * len(models)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, height))
        top, rows = 1 - 1.25 / height, ROW_IN * len(models) / height
        left = min(0.2, 0.02 + 0.007 * max(len(model) for model in models))
        heat = figure.add_axes((left, top - rows, 0.825 - left, rows))
        side = figure.add_axes((0.838, top - rows, 0.155, rows))
        _heat_map(heat, table, models)
        _averages(side, table, models)
        _key(figure, left, 0.27 / height, 0.1 / height, few_clusters)
        return figure


def _heat_map(axes: Axes, table: pd.DataFrame, models: list[str]) -> None:
    by_cell = table.set_index(["model", "cell"])
    axes.set(xlim=(0, len(CELLS)), ylim=(len(models), 0))
    for y, model in enumerate(models):
        for x, cell in enumerate(CELLS):
            _cell(axes, x, y, by_cell.loc[(model, cell)])
    names = [model if len(model) <= 28 else model[:27] + "…" for model in models]
    axes.set_yticks(np.arange(len(models)) + 0.5, names)
    axes.set_xticks(np.arange(len(CELLS)) + 0.5, [_head(table, cell) for cell in CELLS], rotation=90)
    axes.tick_params(length=0, pad=2, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.tick_params(labelsize=6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _group_heads(axes)


def _cell(axes: Axes, x: int, y: int, row: Any) -> None:
    if pd.isna(row["accuracy"]):
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor="white", edgecolor="0.6", hatch="////", linewidth=0))
        return
    share = float(row["normalised"]) / 100
    colour = matplotlib.colormaps[COLOURS](Normalize(-1, 1)(share))
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.5))
    text = f"{row['accuracy']:.1f}" if row["accuracy"] < 99.95 else "100"
    ink = "white" if abs(share) > 0.6 else "black"
    axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", color=ink, fontsize=6)


def _head(table: pd.DataFrame, cell: str) -> str:
    """A column's head, with how many items each model had."""
    counts = sorted(set(table.loc[table["cell"] == cell, "n"].dropna()))
    sizes = f"{counts[0]}–{counts[-1]}" if len(counts) > 1 else str(*counts)
    return f"{short_name(cell)} ({sizes or 'not run'})"


def _group_heads(axes: Axes) -> None:
    """Setting and task over the columns that they share; heights in points above the map."""
    for setting in SETTINGS:
        for names, up, weight in [*(((setting, task), 64, "normal") for task in TASKS), ((setting,), 76, "bold")]:
            columns = [x for x, cell in enumerate(CELLS) if set(names) <= set(cell.split("."))]
            left, right = columns[0] + 0.1, columns[-1] + 0.9
            place: Any = {
                "xycoords": axes.get_xaxis_transform(),
                "textcoords": "offset points",
                "annotation_clip": False,
            }
            axes.annotate(
                NAMES[names[-1]], ((left + right) / 2, 1), (0, up), ha="center", va="bottom", weight=weight, **place
            )
            offset = ScaledTranslation(0, (up - 1) / 72, axes.figure.dpi_scale_trans)
            axes.plot(
                [left, right],
                [1, 1],
                color="black",
                lw=0.5,
                clip_on=False,
                transform=axes.get_xaxis_transform() + offset,
            )
            if columns[0]:
                axes.axvline(columns[0], color="black", lw=0.8)


def _averages(axes: Axes, table: pd.DataFrame, models: list[str]) -> None:
    rows = table[table["cell"] == "average"].set_index("model").loc[models]
    axes.set(xlim=_limits(rows), ylim=(len(models), 0), yticks=[])
    for y, row in enumerate(rows.to_dict("records")):
        if pd.isna(row["accuracy"]):
            axes.text(0.5, y + 0.5, "not all cells run", transform=axes.get_yaxis_transform(), ha="center", va="center")
            continue
        if not pd.isna(row["low"]):
            axes.plot([row["low"], row["high"]], [y + 0.5] * 2, color="black", lw=0.8)
        axes.plot(row["accuracy"], y + 0.5, "o", color="black", ms=2.5)
        axes.text(
            0.99, y + 0.52, f"{row['accuracy']:.1f}", transform=axes.get_yaxis_transform(), ha="right", va="center"
        )
    chance = rows["chance"].dropna()
    if len(chance):
        axes.axvline(chance.iloc[0], color="0.5", lw=0.8, ls="--", zorder=0)
    axes.set_title("Average of 20 cells (%)\nwith 95% interval;\ndashed: chance", fontsize=6.5, pad=4)
    axes.set_xticks([tick for tick in axes.get_xticks() if axes.get_xlim()[0] <= tick <= min(100, axes.get_xlim()[1])])
    axes.tick_params(length=2, pad=1.5)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """From a little below everything shown to a little above it, and room for the numbers at the right."""
    shown = rows[["accuracy", "low", "high", "chance"]].to_numpy(dtype=float)
    shown = shown[np.isfinite(shown)]
    low, high = (shown.min() - 3, shown.max() + 3) if len(shown) else (0.0, 100.0)
    return low, high + 0.4 * (high - low)


def _key(figure: Figure, left: float, bottom: float, height: float, few_clusters: bool) -> None:
    """The scale of colours, as a strip of the same map, the sign for what was not run, and a warning if need be."""
    axes = figure.add_axes((left, bottom, 0.25, height))
    axes.imshow(np.linspace(-1, 1, 201)[None], cmap=COLOURS, aspect="auto", extent=(-100, 100, 0, 1))
    axes.set(yticks=[], xticks=[-100, -50, 0, 50, 100])
    axes.set_xlabel("(accuracy − chance) / (1 − chance), %", labelpad=1.5)
    axes.tick_params(length=2, pad=1.5)
    blank = figure.add_axes((left + 0.3, bottom, 0.025, height))
    blank.add_patch(Rectangle((0, 0), 1, 1, facecolor="white", edgecolor="0.6", hatch="////", linewidth=0))
    blank.set(xticks=[], yticks=[])
    text = "not run.   In the cells: accuracy, %.   In brackets: items."
    place: Any = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
    blank.annotate(text, (1, 0.5), (4, 0), **place)
    if few_clusters:
        warning = f"Intervals stand on fewer than {FEW_CLUSTERS} scenes of a kind, and are likely too narrow."
        blank.annotate(warning, (1, 0.5), (4, -10), **place)


def write_figure(stem: Path, cells: pd.DataFrame, averages: pd.DataFrame) -> None:
    """Write ``stem`` with .csv, .pdf and .png, each atomically; the same tables give the same bytes."""
    table = plotted(cells, averages)
    write_csv(stem.with_suffix(".csv"), table)
    shown = averages[(averages["scope"] == "all") & averages["low"].notna()]
    figure = draw(table, bool(shown["few_clusters"].any()))
    for suffix, options in ((".pdf", {"metadata": {"CreationDate": None}}), (".png", {"dpi": 300})):
        with matplotlib.rc_context(STYLE), atomic_path(stem.with_suffix(suffix)) as path:
            figure.savefig(path, format=suffix[1:], **options)
