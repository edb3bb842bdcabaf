"""A figure on paper: its numbers under a title, and what was run below."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from paper_figures.base import OURS, FigureData, PaperFigure
from paper_figures.notes import (
    NOTHING,
    PUBLISHED_NOTE,
    demonstration_note,
    interval_note,
    known_objects_note,
    run_note,
)
from paper_figures.shown import tables_of
from paper_figures.style import LINE_IN, STYLE, wrapped
from spacenum.core.provenance import atomic_path
from spacenum.tables.base import write_csv
from spacenum.tables.settings import FigureParams

EMPTY_IN, EDGE_IN = 0.4, 0.06
TITLE_PER_IN, NOTE_PER_IN = 14.5, 22.0
"""Characters of the title and of the notes that fit into an inch."""


def draw(figure: PaperFigure, parts: list[FigureData], note: list[str]) -> Figure:
    """The figure, all of its parts on the same axes; ``note``: sentences below, which say what was run."""
    plot = figure.plot
    table = pd.concat([part.table.assign(source=part.source) for part in parts], ignore_index=True)
    with_numbers = [part for part in parts if part.table["value"].notna().any()]
    without = [f"{part.source}: {NOTHING}." for part in parts if part not in with_numbers and with_numbers]
    title = wrapped(figure.title, plot.width_in, TITLE_PER_IN)
    lines = [line for sentence in [*without, *note] for line in wrapped(sentence, plot.width_in, NOTE_PER_IN)]
    with matplotlib.rc_context(STYLE):
        body = plot.height_in(table) if with_numbers else EMPTY_IN
        head, foot = LINE_IN * len(title) + 2 * EDGE_IN, LINE_IN * len(lines) * 0.85 + 2 * EDGE_IN
        total = head + body + foot
        whole = Figure(figsize=(plot.width_in, total))
        edge = EDGE_IN / plot.width_in
        whole.text(edge, 1 - EDGE_IN / total, "\n".join(title), va="top", weight="bold", fontsize=7)
        whole.text(edge, (foot - EDGE_IN) / total, "\n".join(lines), va="top", color="0.35", fontsize=5.6)
        pieces: Any = whole.subfigures(3, 1, height_ratios=[head, body, foot])
        if with_numbers:
            plot.draw(pieces[1], table)
        else:
            pieces[1].text(0.5, 0.5, NOTHING, ha="center", va="center", color="0.35", wrap=True)
        return whole


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
        ours = figure.ours(tables_of(tables, params.study.models, params.models))
        parts.append(FigureData(OURS, ours))
        said = [run_note(params.study), demonstration_note(params.study), interval_note(figure, ours, tables)]
        said.append(known_objects_note(tables))
        notes += filter(None, said)
    published = figure.published_part() if params.published else None
    if published:
        parts.append(published)
        notes.append(PUBLISHED_NOTE)
    return parts, notes
