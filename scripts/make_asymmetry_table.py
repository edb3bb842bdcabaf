"""Make the table of the two tasks against each other, on the same transitions and placements."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import paths_by_model, read_scores
from spacenum.tables.paired import asymmetry_table
from spacenum.tables.settings import TablesParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scores", nargs="*", default=[], metavar="MODEL=CSV")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TablesParams)
    write_csv(args.out, asymmetry_table(read_scores(job.models, args.scores)))
    inputs = [path for paths in paths_by_model(args.scores).values() for path in paths]
    leave_meta("asymmetry", args, TablesParams, inputs, [args.out])


if __name__ == "__main__":
    run_script(main)
