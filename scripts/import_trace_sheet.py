"""Read the labels of a sheet that a person has filled in."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.inputs import paths_by_model
from spacenum.traces.inputs import read_traces
from spacenum.traces.settings import TracePeopleParams
from spacenum.traces.sheet import read_sheet


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, nargs="+", required=True)
    cli.add_argument("--answers", nargs="+", required=True, metavar="MODEL=JSONL")
    cli.add_argument("--sheet", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TracePeopleParams)
    traces = [trace for of_file in read_traces(args.items, args.answers) for trace in of_file]
    write_jsonl(args.out, read_sheet(args.sheet, job.person, traces))
    answers = [path for paths in paths_by_model(args.answers).values() for path in paths]
    leave_meta("trace_people", args, TracePeopleParams, [args.sheet, *args.items, *answers], [args.out])


if __name__ == "__main__":
    run_script(main)
