"""Make the table of other benchmarks from all models' scores, and its differences in the shape of the paper's Table 4."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.external.settings import ExternalTableParams
from spacenum.scoring.rows import read_rows
from spacenum.tables.base import write_csv
from spacenum.tables.external import ExternalScores, delta_table, external_table


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scores", nargs="*", default=[], metavar="MODEL:SET=CSV")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, ExternalTableParams)
    paths = {name: Path(path) for name, _, path in (given.partition("=") for given in args.scores)}
    scores = [
        ExternalScores(info, asked, read_rows(paths[f"{info.name}:{asked.variant}"]))
        for asked in job.sets
        for info in job.models
        if f"{info.name}:{asked.variant}" in paths
    ]
    table, delta = external_table(scores, job.compared_with), args.out.with_name("external_delta.csv")
    write_csv(args.out, table)
    write_csv(delta, delta_table(table))
    leave_meta("external_table", args, ExternalTableParams, paths.values(), [args.out, delta])


if __name__ == "__main__":
    run_script(main)
