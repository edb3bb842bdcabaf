"""Make the main table, as CSV, Markdown and LaTeX, with or without the published rows."""

from __future__ import annotations

from dataclasses import replace

from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.items.schema import CELLS
from spacenum.tables.inputs import read_scores
from spacenum.tables.main_table import write_main_table
from spacenum.tables.settings import MainTableParams


def make_main_table(params: MainTableParams, *, scores: NamedInputs, csv: Output, md: Output, tex: Output) -> None:
    rows = read_scores(params.models, scores)
    if params.imported:  # may have cells of its own too, which this table has no columns for
        rows = [replace(model, rows=[row for row in model.rows if row.cell in CELLS]) for model in rows]
    write_main_table(
        csv, md, tex, rows, params.simulators, params.mode, params.with_published, imported=params.imported
    )


if __name__ == "__main__":
    run_stage(make_main_table)
