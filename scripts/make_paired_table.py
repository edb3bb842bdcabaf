"""Make the table of a paired experiment: two conditions, compared item by item."""

from __future__ import annotations

from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import read_scores
from spacenum.tables.pairs import paired_experiment
from spacenum.tables.settings import PairedParams


def make_paired_table(params: PairedParams, *, base: NamedInputs, changed: NamedInputs, table: Output) -> None:
    make = paired_experiment(params.experiment).table
    write_csv(table, make(read_scores(params.tables.models, base), read_scores(params.tables.models, changed)))


if __name__ == "__main__":
    run_stage(make_paired_table)
