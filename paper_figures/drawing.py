"""A figure on paper: its parts under one title, and what was run below."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from paper_figures.base import OURS, FigureData, PaperFigure, Plot
from paper_figures.notes import PUBLISHED_NOTE, demonstration_note, interval_note, known_objects_note, run_note
from paper_figures.style import STYLE, WIDTH_IN
from spacenum.core.provenance import atomic_path
from spacenum.tables.base import write_csv
from spacenum.tables.settings import FigureParams

TITLE_IN, HEAD_IN, NOTE_IN, EMPTY_IN = 0.24, 0.2, 0.13, 0.4
NOTE_CHARACTERS = 165  # that fit into a line of the note


def draw(figure: PaperFigure, parts: list[FigureData], note: list[str]) -> Figure:
    """The figure, its parts one below the other under one title; ``note``: sentences below, which say what was run."""
    note = [line for sentence in note for line in wrap(sentence, NOTE_CHARACTERS)]
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


def write(figure: PaperFigure, parts: list[FigureData], stem: Path, note: list[str]) -> list[Path]:
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


def parts_and_notes(
    figure: PaperFigure, params: FigureParams, tables: Mapping[str, pd.DataFrame]
) -> tuple[list[FigureData], list[str]]:
    """The parts of a figure, this study's and the published one as ``params`` say, and the sentences below them."""
    parts: list[FigureData] = []
    notes: list[str] = []
    if params.study:
        ours = figure.ours(tables)
        parts.append(FigureData(OURS, ours))
        said = [run_note(params.study), demonstration_note(params.study), interval_note(figure, ours, tables)]
        said.append(known_objects_note(tables))
        notes += filter(None, said)
    published = figure.published_part() if params.published else None
    if published:
        parts.append(published)
        notes.append(PUBLISHED_NOTE)
    return parts, notes
