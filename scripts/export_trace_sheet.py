"""Write the sheet on which people label a sample of reasoning traces."""

from __future__ import annotations

from spacenum.core.provenance import write_text
from spacenum.core.stage import Inputs, NamedInputs, Output, run_stage
from spacenum.traces.inputs import read_sample
from spacenum.traces.settings import TraceSampleParams
from spacenum.traces.sheet import sheet_text


def export_trace_sheet(params: TraceSampleParams, *, items_file: Inputs, answers: NamedInputs, sheet: Output) -> None:
    write_text(sheet, sheet_text(read_sample(items_file, answers, params.sample, params.seed)))


if __name__ == "__main__":
    run_stage(export_trace_sheet)
