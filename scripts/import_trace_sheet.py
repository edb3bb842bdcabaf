"""Read a sheet that a person filled in."""

from __future__ import annotations

from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import Input, Inputs, NamedInputs, Output, run_stage
from spacenum.traces.inputs import read_traces
from spacenum.traces.settings import TracePeopleParams
from spacenum.traces.sheet import read_sheet


def import_trace_sheet(
    params: TracePeopleParams, *, items_file: Inputs, answers: NamedInputs, sheet: Input, labels: Output
) -> None:
    traces = [trace for of_file in read_traces(items_file, answers) for trace in of_file]
    write_jsonl(labels, read_sheet(sheet, params.person, traces))


if __name__ == "__main__":
    run_stage(import_trace_sheet)
