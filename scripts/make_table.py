"""Make one of the detail tables from all models' scores."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv
from spacenum.tables.comparisons import comparisons_table
from spacenum.tables.detail import averages_table, cells_table, coupling_table, proximity_table
from spacenum.tables.inputs import paths_by_model, read_open_scores, read_scores
from spacenum.tables.modes import open_table, positions_table
from spacenum.tables.settings import TablesParams

SEEDED = {"cells": cells_table, "averages": averages_table, "proximity": proximity_table, "coupling": coupling_table}
PLAIN = {"comparisons": comparisons_table, "positions": positions_table}


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--table", choices=[*SEEDED, *PLAIN, "open"], required=True)
    cli.add_argument("--scores", nargs="*", default=[], metavar="MODEL=CSV")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TablesParams)
    write_csv(args.out, _table(args.table, job, args.scores))
    inputs = [path for paths in paths_by_model(args.scores).values() for path in paths]
    leave_meta("table", args, TablesParams, inputs, [args.out])


def _table(name: str, job: TablesParams, scores: list[str]) -> pd.DataFrame:
    if name == "open":
        return open_table(read_open_scores(job.models, scores))
    rows = read_scores(job.models, scores)
    return SEEDED[name](rows, job.seed) if name in SEEDED else PLAIN[name](rows)


if __name__ == "__main__":
    run_script(main)
