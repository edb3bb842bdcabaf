"""Train one small VLM from random weights on a recipe's items and the frames that they show."""

from __future__ import annotations

import os
from pathlib import Path

from spacenum.core.machine import from_environment
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import Code, Input, Inputs, Made, Output, Outputs, run_stage
from spacenum.frames.records import FAMILY, read_frames
from spacenum.items.schema import ITEM
from spacenum.pretraining.curve import Line
from spacenum.pretraining.settings import PretrainParams
from spacenum.pretraining.training import TrainingData, pretrain
from spacenum.tuning.runs import Run, write_steps
from spacenum.tuning.settings import Machine


def pretrain_model(
    params: PretrainParams,
    *,
    items_file: Input,
    frames: Inputs,
    families: Inputs,
    steps: Output,
    checkpoint: Outputs,
    code: Code,
) -> Made:
    machine = from_environment(Machine, "SPACENUM_TUNING_", os.environ)
    run = Run.of(f"pretraining-{params.name}", params, code, [items_file, *frames, *families], machine)
    taken = [family for path in families for family in read_jsonl(path, FAMILY)]
    target, unfinished = checkpoint[0].parent, run.start()
    data = TrainingData(items=read_jsonl(items_file, ITEM), frames=read_frames(frames), families=taken, root=Path())
    lines = pretrain(params, data, target, unfinished, machine)
    write_steps(steps, Line, lines)
    return Made(finish=run.finish)


if __name__ == "__main__":
    run_stage(pretrain_model)
