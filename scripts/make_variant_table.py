"""Make the table of what one change does to each model, from its scores without and with it."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import paths_by_model, read_scores
from spacenum.tables.paired import paired_table
from spacenum.tables.settings import TablesParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--base", nargs="*", default=[], metavar="MODEL=CSV")
    cli.add_argument("--variant", nargs="*", default=[], metavar="MODEL=CSV")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TablesParams)
    write_csv(args.out, paired_table(read_scores(job.models, args.base), read_scores(job.models, args.variant)))
    inputs = [path for given in (args.base, args.variant) for paths in paths_by_model(given).values() for path in paths]
    leave_meta("variant_table", args, TablesParams, inputs, [args.out])


if __name__ == "__main__":
    run_script(main)
