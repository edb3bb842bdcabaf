"""What a model replies to four questions about random images, as JSON: also a program,
for an environment of vLLM's own.

``python -m tests.models.vllm.asked <model's file as JSON> <folder>`` prints it as its last line.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.settings import ModelConfig
from spacenum.items.schema import LETTERS, Image, Text

DECODINGS = (
    Decoding(name="letter_logprobs", max_new_tokens=1),
    Decoding(name="greedy", max_new_tokens=8),
    Decoding(name="paper", temperature=0.7, top_p=0.9, top_k=50, max_new_tokens=8),
    Decoding(name="recommended", repetition_penalty=1.5, presence_penalty=2.0, max_new_tokens=8),
)
THOUGHT = Decoding(name="greedy", max_new_tokens=4)
SHOWN = ("012", "013", "4", "210")
"""The images of each question: two share how they begin, one has a single image,
one shows the first's the other way round."""


def questions(root: Path, size: tuple[int, int]) -> list[Question]:
    """The questions; their images, of this width and height, are written under ``root``."""
    rng = np.random.default_rng(0)
    for name in sorted(set("".join(SHOWN))):
        Picture.fromarray(rng.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)).save(root / f"{name}.png")
    return [
        Question(
            item=f"item {shown}",
            family="family",
            parts=(
                Text(text="You see: "),
                *(Image(image=f"{name}.png") for name in shown),
                Text(text=" Which option?"),
            ),
            letters=LETTERS,
            seed=seed,
        )
        for seed, shown in enumerate(SHOWN)
    ]


def replies(settings: dict[str, Any], root: Path, size: tuple[int, int] = (112, 112)) -> dict[str, list[Any]]:
    """By decoding: letters' log-probabilities, or texts as far as whole characters go; and the prompts' lengths.
    thoughts: what a model with a flag for it writes that may think first, behind a system prompt."""
    config = ModelConfig.model_validate(settings)
    model = importlib.import_module(f"spacenum.models.{config.backend}").load(config, Context({}, root, 0))
    asked = questions(root, size)
    try:
        found = {decoding.name: model.reply(asked, decoding) for decoding in DECODINGS}
        thinking = [replace(question, reasoning=True, system="you are an agent") for question in asked]
        thoughts = model.reply(thinking, THOUGHT)
        rendered = [model.rendered(thinking[0], generation) for generation in (False, True)]
    finally:
        model.close()
    return {
        "letters": [dict(reply.letter_logprobs) for reply in found["letter_logprobs"]],
        "greedy": [reply.text.rstrip("\ufffd") for reply in found["greedy"]],
        "paper": [reply.text for reply in found["paper"]],
        "penalised": [reply.text.rstrip("\ufffd") for reply in found["recommended"]],
        "masses": [reply.letter_mass for reply in found["letter_logprobs"]],
        "thoughts": [reply.text.rstrip("\ufffd") for reply in thoughts],
        "turn": rendered[1].removeprefix(rendered[0]),
        "told": "you are an agent" in rendered[0],
        "lengths": [reply.prompt_tokens for reply in found["greedy"]],
    }


if __name__ == "__main__":
    print(json.dumps(replies(json.loads(sys.argv[1]), Path(sys.argv[2]))))
