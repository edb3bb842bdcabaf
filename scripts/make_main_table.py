"""Make the main table, as CSV, Markdown and LaTeX, with or without the published rows."""

from __future__ import annotations

from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.tables.inputs import read_scores
from spacenum.tables.main_table import write_main_table
from spacenum.tables.settings import MainTableParams


def make_main_table(params: MainTableParams, *, scores: NamedInputs, csv: Output, md: Output, tex: Output) -> None:
    rows = read_scores(params.models, scores)
    write_main_table(csv, md, tex, rows, params.simulators, params.mode, with_published=params.with_published)


if __name__ == "__main__":
    run_stage(make_main_table)
