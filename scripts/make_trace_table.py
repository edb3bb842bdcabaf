"""Make a table of reasoning traces: how common each failure is, or how far those who label agree."""

from __future__ import annotations

from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.traces.inputs import read_labels
from spacenum.traces.settings import TraceTableParams
from spacenum.traces.tables import agreement_table, shares_table

TABLES = {"traces": shares_table, "trace_agreement": agreement_table}


def make_trace_table(params: TraceTableParams, *, labels: Inputs, table: Output) -> None:
    write_csv(table, TABLES[params.table](read_labels(labels)))


if __name__ == "__main__":
    run_stage(make_trace_table)
