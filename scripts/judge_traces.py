"""Let a judge label a sample of the reasoning traces of one model's answers."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from spacenum.asking.base import Context
from spacenum.asking.store import AnswerStore, store_folder
from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import Input, Output, run_stage
from spacenum.models.loading import backend_of
from spacenum.traces.inputs import read_sample
from spacenum.traces.judge import Judge
from spacenum.traces.settings import TraceJudgeParams


def judge_traces(params: TraceJudgeParams, *, items_file: Input, answers: Input, labels: Output) -> None:
    traces = read_sample([items_file], {params.model: [answers]}, params.sample, params.seed)
    config, root = params.config, Path()
    loaded = backend_of(params.judge, config).load(config, Context(frames={}, root=root, seed=params.seed))
    with closing(loaded) as model:
        store = AnswerStore(store_folder(os.environ))
        judge = Judge(params.judge, config, model, params.tokens, store, root)
        write_jsonl(labels, judge.label(traces))


if __name__ == "__main__":
    run_stage(judge_traces)
