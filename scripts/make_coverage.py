"""Make the table of what became of every candidate frame of a split, as CSV and Markdown."""

from __future__ import annotations

import pandas as pd

from spacenum.core.provenance import each_of_jsonl, write_text
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.frames.records import FAMILY
from spacenum.items.schema import ITEM
from spacenum.tables.base import write_csv
from spacenum.tables.collection import coverage_markdown, coverage_table
from spacenum.tables.planned import planned_candidates
from spacenum.tables.settings import CoverageParams


def make_coverage(
    params: CoverageParams,
    *,
    transition: Inputs,
    layout: Inputs,
    families: Inputs,
    shown: Inputs,
    csv: Output,
    md: Output,
) -> None:
    shards = {"transition": transition, "layout": layout}
    tables = [(setting, pd.read_csv(path)) for setting, paths in shards.items() for path in paths]
    items = (item for path in shown for item in each_of_jsonl(path, ITEM))
    table = coverage_table(tables, planned_candidates(params), items)
    taken = {path.parent: sum(1 for _ in each_of_jsonl(path, FAMILY)) for path in families}
    kept = {setting: sum(taken[path.parent] for path in paths) for setting, paths in shards.items()}
    write_csv(csv, table)
    write_text(md, coverage_markdown(table, kept, params.split))


if __name__ == "__main__":
    run_stage(make_coverage)
