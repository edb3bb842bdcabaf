"""Make the table of how many items there are."""

from __future__ import annotations

from spacenum.core.stage import Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.tables.collection import statistics_table
from spacenum.tables.settings import StatisticsParams


def make_statistics(params: StatisticsParams, *, table: Output) -> None:
    write_csv(table, statistics_table(params.items))


if __name__ == "__main__":
    run_stage(make_statistics)
