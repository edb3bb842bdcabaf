"""Label the reasoning traces of one model and setting by rules."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.traces.inputs import read_traces
from spacenum.traces.rules import label_by_rules
from spacenum.traces.settings import TraceRulesParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--answers", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TraceRulesParams)
    traces = read_traces([args.items], [f"{job.model}={args.answers}"])
    write_jsonl(args.out, [label_by_rules(trace) for of_file in traces for trace in of_file])
    leave_meta("trace_rules", args, TraceRulesParams, [args.items, args.answers], [args.out])


if __name__ == "__main__":
    run_script(main)
