"""Let a judge behind an endpoint label a sample of the reasoning traces of one model and setting."""

from __future__ import annotations

import os
from pathlib import Path

from spacenum.asking.base import Context
from spacenum.asking.store import AnswerStore, store_folder
from spacenum.core.errors import run_script
from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.models.loading import backend_of
from spacenum.traces.inputs import read_sample
from spacenum.traces.judge import Judge
from spacenum.traces.settings import TraceJudgeParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--answers", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TraceJudgeParams)
    traces = read_sample([args.items], [f"{job.model}={args.answers}"], job.sample, job.seed)
    root = Path()
    model = backend_of(job.judge, job.config).load(job.config, Context(frames={}, root=root, seed=job.seed))
    try:
        store = AnswerStore(store_folder(os.environ))
        labels = Judge(job.judge, model, job.tokens, store, root, job.config.opens_think).label(traces)
    finally:
        model.close()
    write_jsonl(args.out, labels)
    leave_meta("trace_judge", args, TraceJudgeParams, [args.items, args.answers], [args.out])


if __name__ == "__main__":
    run_script(main)
