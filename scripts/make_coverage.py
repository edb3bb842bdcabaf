"""Add up what all shards tried, kept and rejected."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl, write_text
from spacenum.core.stage import leave_meta, params, parser
from spacenum.frames.records import FAMILY
from spacenum.tables.base import write_csv
from spacenum.tables.collection import coverage_markdown, coverage_table
from spacenum.tables.settings import CoverageParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--transition", type=Path, nargs="*", default=[], help="coverage.csv of each shard")
    cli.add_argument("--layout", type=Path, nargs="*", default=[], help="coverage.csv of each shard")
    cli.add_argument("--out", type=Path, required=True, help="the CSV; .md goes beside it")
    args = cli.parse_args()
    shards = {"transition": args.transition, "layout": args.layout}
    tables = [(setting, pd.read_csv(path)) for setting, paths in shards.items() for path in paths]
    job = params(args, CoverageParams)
    table = coverage_table(tables, job.planned)
    kept = {
        setting: sum(len(read_jsonl(path.with_name("families.jsonl"), FAMILY)) for path in paths)
        for setting, paths in shards.items()
    }
    page = args.out.with_suffix(".md")
    write_csv(args.out, table)
    write_text(page, coverage_markdown(table, kept, job.split))
    leave_meta("coverage", args, CoverageParams, [*args.transition, *args.layout], [args.out, page])


if __name__ == "__main__":
    run_script(main)
