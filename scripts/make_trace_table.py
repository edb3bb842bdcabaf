"""Make a table of reasoning traces: how common each failure is, or how far those who label agree."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv
from spacenum.traces.inputs import read_labels
from spacenum.traces.settings import TraceTableParams
from spacenum.traces.tables import agreement_table, shares_table

TABLES = {"traces": shares_table, "trace_agreement": agreement_table}


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--table", choices=TABLES, required=True)
    cli.add_argument("--labels", type=Path, nargs="+", required=True)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TraceTableParams)
    write_csv(args.out, TABLES[args.table](read_labels(args.labels), job.seed))
    leave_meta("trace_table", args, TraceTableParams, args.labels, [args.out])


if __name__ == "__main__":
    run_script(main)
