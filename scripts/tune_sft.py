"""Train one LoRA adapter on a recipe's items, under the supervision of their answers."""

from __future__ import annotations

from spacenum.core.stage import Code, Input, Inputs, Made, Output, Outputs, run_stage
from spacenum.tuning import sft
from spacenum.tuning.runs import train_adapter
from spacenum.tuning.settings import SftParams


def tune_sft(
    params: SftParams,
    *,
    items_file: Input,
    frames: Inputs,
    weights: Inputs,
    steps: Output,
    adapter: Outputs,
    code: Code,
) -> Made:
    return train_adapter(params, sft.tune, sft.Step, items_file, frames, weights, steps, adapter[0].parent, code)


if __name__ == "__main__":
    run_stage(tune_sft)
