"""Make the table that compares a variant of the items with the items themselves."""

from __future__ import annotations

from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import read_scores
from spacenum.tables.paired import paired_table
from spacenum.tables.settings import TablesParams


def make_variant_table(params: TablesParams, *, base: NamedInputs, changed: NamedInputs, table: Output) -> None:
    write_csv(table, paired_table(read_scores(params.models, base), read_scores(params.models, changed)))


if __name__ == "__main__":
    run_stage(make_variant_table)
