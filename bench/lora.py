"""How long a step of supervised LoRA takes at the paper's settings, with random weights of a real model's size.

Run as ``python -m bench.lora --model qwen3_vl_4b``. Prints a JSON line: seconds of each step after the first, items a
second, and the most memory that the device had to give.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from transformers import trainer
from transformers.trainer_callback import DefaultFlowCallback

from bench.checkpoints import write
from bench.letters import SHAPES
from bench.questions import family
from spacenum.asking.chat import Question
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import run_script
from spacenum.items.schema import (
    LETTERS,
    Image,
    Text,
    TransitionItem,
    TransitionOption,
    TransitionQuality,
    TransitionTruth,
)
from spacenum.tuning import sft
from spacenum.tuning.settings import Machine, SftParams, SftSettings

Precision = Literal["bfloat16", "float32"]


def item(question: Question, answer: int) -> TransitionItem:
    """A training item that asks what ``question`` asks."""
    options = [TransitionOption(letter=letter, value=15.0 * (k + 1), unit="deg") for k, letter in enumerate(LETTERS)]
    return TransitionItem(
        id=question.item, split="train", variant="base", task="num2space", group="rotate_left_right",
        cell="transition.num2space.rotate_left_right", family=question.family, scene="train-kitchen-000",
        simulator="none", prompt=[part for part in question.parts if isinstance(part, Text | Image)], options=options,
        answer=LETTERS[answer], truth=TransitionTruth(direction="left", magnitude=15.0 * (answer + 1), unit="deg"),
        quality=TransitionQuality(overlap=0.5, shared_anchors=4, pose_error=0.0, option_difference=0.1),
    )  # fmt: skip


@contextmanager
def step_times() -> Iterator[list[float]]:
    """When each step of any Trainer that is made in the block ended, in seconds."""
    ended: list[float] = []

    class Clock(DefaultFlowCallback):
        def on_step_end(self, *known: Any, **more: Any) -> Any:
            ended.append(time.perf_counter())
            return super().on_step_end(*known, **more)

    before = list(trainer.DEFAULT_CALLBACKS)
    trainer.DEFAULT_CALLBACKS[:] = [Clock]
    try:
        yield ended
    finally:
        trainer.DEFAULT_CALLBACKS[:] = before


def measure(model: str, steps: int, settings: SftSettings, pixels: int, dtype: Precision, root: Path) -> dict[str, Any]:
    """Train ``steps`` steps and one before them, and say how long they took."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    checkpoint = write(SHAPES[model], root / "checkpoint", dtype, device=device)
    rng, families = np.random.default_rng(0), -(-settings.batch_size // len(LETTERS))
    questions = [question for k in range(families) for question in family(f"f{k}", root, pixels, rng)]
    items: Sequence[TransitionItem] = [item(q, k % len(LETTERS)) for k, q in enumerate(questions)]
    config = ModelConfig(kind="vlm", backend="transformers", checkpoint=str(checkpoint), dtype=dtype, gpus=1)
    timed = settings.model_copy(update={"epochs": 1 + steps, "batch_size": len(items)})
    job = SftParams(tuned="bench", base=config, settings=timed, seed=0)
    with step_times() as ended:
        sft.tune(job, items, root, root / "adapter", root / "checkpoints", Machine(workers=4))
    seconds = [round(later - sooner, 3) for sooner, later in pairwise(ended)]
    memory = torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else None
    return {
        "model": model,
        "items_a_step": len(items),
        "step_s": seconds,
        "items_per_s": round(len(items) * len(seconds) / sum(seconds), 2),
        "memory_gb": memory and round(memory, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", choices=sorted(SHAPES), default="qwen3_vl_4b")
    parser.add_argument("--steps", type=int, default=2, help="timed, after one that is not")
    parser.add_argument("--batch", type=int, default=128, help="items a step (paper: 128)")
    parser.add_argument("--pixels", type=int, default=448, help="width and height of the images")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    args = parser.parse_args()
    settings = SftSettings(batch_size=args.batch, micro_batch_size=min(8, args.batch))
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(args.model, args.steps, settings, args.pixels, args.dtype, Path(folder))))


if __name__ == "__main__":
    run_script(main)
