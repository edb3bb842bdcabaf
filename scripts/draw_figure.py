"""Draw a figure of the paper from this study's tables, from the published numbers,
or from both, one below the other."""

from __future__ import annotations

import pandas as pd

from paper_figures.catalogue import figure
from paper_figures.drawing import parts_and_notes, write
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.tables.settings import FigureParams


def draw_figure(params: FigureParams, *, tables: Inputs, csv: Output, pdf: Output, png: Output) -> None:
    shown = figure(params.figure)
    parts, notes = parts_and_notes(shown, params, {path.stem: pd.read_csv(path) for path in tables})
    write(shown, parts, csv.with_suffix(""), notes)


if __name__ == "__main__":
    run_stage(draw_figure)
