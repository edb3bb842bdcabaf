"""Label the reasoning traces of one model's answers by rules."""

from __future__ import annotations

from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import Input, Output, run_stage
from spacenum.traces.inputs import read_traces
from spacenum.traces.rules import label_by_rules
from spacenum.traces.settings import TraceRulesParams


def label_traces(params: TraceRulesParams, *, items_file: Input, answers: Input, labels: Output) -> None:
    traces = read_traces([items_file], {params.model: [answers]})
    write_jsonl(labels, [label_by_rules(trace) for of_file in traces for trace in of_file])


if __name__ == "__main__":
    run_stage(label_traces)
