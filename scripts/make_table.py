"""Make one of the tables of ``spacenum.tables.scores`` from all models' scores."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import paths_by_model, read_open_scores, read_scores
from spacenum.tables.scores.catalogue import names, score_table
from spacenum.tables.settings import TablesParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--table", choices=names(), required=True)
    cli.add_argument("--scores", nargs="*", default=[], metavar="MODEL=CSV")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TablesParams)
    write_csv(args.out, _table(args.table, job, args.scores))
    inputs = [path for paths in paths_by_model(args.scores).values() for path in paths]
    leave_meta("table", args, TablesParams, inputs, [args.out])


def _table(name: str, job: TablesParams, scores: list[str]) -> pd.DataFrame:
    table = score_table(name)
    read = read_open_scores if table.modes == "open" else read_scores
    return table.make(read(job.models, scores), job.seed)


if __name__ == "__main__":
    run_script(main)
