"""Make the tables of other benchmarks and imported item sets: scores, and changes by tuning."""

from __future__ import annotations

from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.external.settings import ExternalTableParams
from spacenum.scoring.rows import read_rows
from spacenum.tables.base import write_csv
from spacenum.tables.external import ExternalScores, delta_table, external_table


def make_external_table(params: ExternalTableParams, *, scores: NamedInputs, table: Output, delta: Output) -> None:
    rows = [
        ExternalScores(info, asked, [row for path in scores[name] for row in read_rows(path)])
        for asked in params.sets
        for info in params.models
        if (name := f"{info.name}:{asked.variant}") in scores
    ]
    made = external_table(rows, params.compared_with)
    write_csv(table, made)
    write_csv(delta, delta_table(made))


if __name__ == "__main__":
    run_stage(make_external_table)
