"""What a figure of the paper is: numbers from this study's tables or from the published ones, drawn by one of a few plots.

A figure is a module of this package that defines ``FIGURE``. Its numbers stand in one table with the columns ``COLUMNS``,
whichever source they come from, so that both can be drawn alike and laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import matplotlib
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from paper_figures.style import STYLE, WIDTH_IN
from spacenum.provenance import atomic_path
from spacenum.scoring.published import read_published
from spacenum.tables.base import columns, write_csv

COLUMNS = columns("row panel series value low high n reference")
OURS, PUBLISHED = "This study", "Published"

Tables = Mapping[str, pd.DataFrame]
"""Tables of ``results/tables``, by name; those that the study doesn't have are left out."""


def tidy(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """What a figure shows, one number per row.

    row: the model, or what stands in its place. panel, series: where the number is drawn and as what. low, high: its 95%
    interval, if it has one. n: items behind it. reference: what it is to be compared with, such as chance.
    """
    table = pd.DataFrame(list(rows), columns=COLUMNS)
    numbers = {name: "float64" for name in ("value", "low", "high", "reference")}
    return table.astype({**numbers, "n": "Int64"})


class Plot(Protocol):
    """A way to draw a table."""

    def height_in(self, table: pd.DataFrame) -> float:
        """Height in inches that ``table`` takes."""
        ...

    def draw(self, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
        """Draw ``table`` in a part of a figure; ``everything``: all that the figure holds, so that its parts share limits."""
        ...


@dataclass(frozen=True)
class Part:
    """A figure's numbers from one source."""

    source: str
    table: pd.DataFrame


@dataclass(frozen=True)
class PaperFigure:
    """A table or figure of the paper.

    number: in the paper. title: what it shows. sees: what to look for. tables: names of the tables of this study that it
    may draw from; it is drawn if at least one is there. published: name of the table of ``published/``, if the paper
    gives the numbers.
    """

    number: str
    title: str
    sees: str
    plot: Plot
    tables: tuple[str, ...]
    ours: Callable[[Tables], pd.DataFrame]
    published: str | None = None
    from_published: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    def published_part(self) -> Part | None:
        """The paper's numbers, if it gives them."""
        if self.published is None or self.from_published is None:
            return None
        return Part(PUBLISHED, self.from_published(read_published(self.published)))


TITLE_IN, HEAD_IN, NOTE_IN, EMPTY_IN = 0.24, 0.2, 0.13, 0.4


def draw(figure: PaperFigure, parts: list[Part], note: list[str]) -> Figure:
    """The figure, its parts one below the other under one title; ``note``: lines below, which say what was run."""
    everything = pd.concat([part.table for part in parts], ignore_index=True)
    several = len(parts) > 1
    heights = [_height_in(figure.plot, part.table) + (HEAD_IN if several else 0) for part in parts]
    foot = NOTE_IN * len(note) + 0.06
    total = TITLE_IN + sum(heights) + foot
    with matplotlib.rc_context(STYLE):
        whole = Figure(figsize=(WIDTH_IN, total))
        whole.text(0.06 / WIDTH_IN, 1 - 0.06 / total, figure.title, va="top", weight="bold", fontsize=7.5)
        for k, line in enumerate(note):
            y = (foot - NOTE_IN * k - 0.03) / total
            whole.text(0.06 / WIDTH_IN, y, line, va="top", color="0.35", fontsize=5.8)
        pieces: Any = whole.subfigures(len(parts) + 2, 1, height_ratios=[TITLE_IN, *heights, foot])
        for part, piece, height in zip(parts, pieces[1:-1], heights, strict=True):
            if several:
                piece.text(0.06 / WIDTH_IN, 1 - 0.04 / height, part.source, va="top", weight="bold", color="0.25")
            _plot(figure.plot, piece, part.table, everything)
        return whole


def _height_in(plot: Plot, table: pd.DataFrame) -> float:
    return plot.height_in(table) if table["value"].notna().any() else EMPTY_IN


def _plot(plot: Plot, part: SubFigure, table: pd.DataFrame, everything: pd.DataFrame) -> None:
    if table["value"].notna().any():
        plot.draw(part, table, everything)
    else:
        part.text(
            0.5,
            0.5,
            "nothing to show: no model of this study has answers here, or too few",
            ha="center",
            va="center",
            color="0.35",
        )


def write(figure: PaperFigure, parts: list[Part], stem: Path, note: list[str]) -> list[Path]:
    """Write ``stem`` with .csv, .pdf and .png, each atomically; the same tables give the same bytes."""
    shown = [part.table.assign(source=part.source) for part in parts]
    outputs = [stem.with_suffix(suffix) for suffix in (".csv", ".pdf", ".png")]
    write_csv(outputs[0], pd.concat(shown, ignore_index=True)[["source", *parts[0].table.columns]])
    drawn = draw(figure, parts, note)
    formats: tuple[dict[str, Any], ...] = ({"metadata": {"CreationDate": None}}, {"dpi": 300})
    for path, options in zip(outputs[1:], formats, strict=True):
        with matplotlib.rc_context(STYLE), atomic_path(path) as temporary:
            drawn.savefig(temporary, format=path.suffix[1:], **options)
    return outputs
