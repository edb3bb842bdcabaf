"""Write how many items the config plans (the numbers of the paper's Figure 2)."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv
from spacenum.tables.collection import statistics_table
from spacenum.tables.settings import StatisticsParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    write_csv(args.out, statistics_table(params(args, StatisticsParams).items))
    leave_meta("statistics", args, StatisticsParams, [], [args.out])


if __name__ == "__main__":
    run_script(main)
