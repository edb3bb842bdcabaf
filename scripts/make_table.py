"""Make one of the tables of ``spacenum.tables.scores`` from all models' scores."""

from __future__ import annotations

from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import read_open_scores, read_scores
from spacenum.tables.scores.catalogue import score_table
from spacenum.tables.settings import ScoreTableParams


def make_table(params: ScoreTableParams, *, scores: NamedInputs, table: Output) -> None:
    made = score_table(params.table)
    read = read_open_scores if made.modes == "open" else read_scores
    write_csv(table, made.make(read(params.models, scores)))


if __name__ == "__main__":
    run_stage(make_table)
