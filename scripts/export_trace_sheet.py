"""Write the sheet on which people label a sample of all models' reasoning traces."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.provenance import write_text
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.inputs import paths_by_model
from spacenum.traces.inputs import read_sample
from spacenum.traces.settings import TraceSampleParams
from spacenum.traces.sheet import sheet_text


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, nargs="+", required=True)
    cli.add_argument("--answers", nargs="+", required=True, metavar="MODEL=JSONL")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TraceSampleParams)
    write_text(args.out, sheet_text(read_sample(args.items, args.answers, job.sample, job.seed)))
    answers = [path for paths in paths_by_model(args.answers).values() for path in paths]
    leave_meta("trace_sheet", args, TraceSampleParams, [*args.items, *answers], [args.out])


if __name__ == "__main__":
    run_script(main)
