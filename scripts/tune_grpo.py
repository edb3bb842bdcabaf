"""Train one LoRA adapter on a recipe's items, by the rewards of its own replies."""

from __future__ import annotations

from spacenum.core.stage import Code, Input, Inputs, Made, Output, Outputs, run_stage
from spacenum.tuning import grpo
from spacenum.tuning.runs import train_adapter
from spacenum.tuning.settings import GrpoParams


def tune_grpo(
    params: GrpoParams,
    *,
    items_file: Input,
    frames: Inputs,
    weights: Inputs,
    steps: Output,
    adapter: Outputs,
    code: Code,
) -> Made:
    return train_adapter(params, grpo.tune, grpo.Round, items_file, frames, weights, steps, adapter[0].parent, code)


if __name__ == "__main__":
    run_stage(tune_grpo)
