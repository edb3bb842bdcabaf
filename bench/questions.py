"""Questions of the shape that the paper's Num2Space items have: families of four, five images,
all but the last words shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Picture

from spacenum.asking.chat import Question
from spacenum.asking.questions import message_parts
from spacenum.items.schema import LETTERS, Image, Text

INTRODUCTION = "You are an agent in an indoor scene. This is what you see before you act: "
TASK = (
    "You will turn left, by a stated amount. One of the following images shows what you see afterwards; the others "
    "show the same action by other amounts. "
)
ASKED = (
    "Which image shows what you see afterwards? Reply with the letter of one option only "
    "(A, B, C, D). Amount: {} degrees"
)
PER_FAMILY = 4


def family(name: str, root: Path, pixels: int, rng: np.random.Generator) -> list[Question]:
    """Four questions about the same five random images of ``pixels`` x ``pixels``, written under ``root``."""
    paths = [f"{name}.{k}.png" for k in range(1 + len(LETTERS))]
    for path in paths:
        Picture.fromarray(rng.integers(0, 256, (pixels, pixels, 3), dtype=np.uint8)).save(root / path)
    options = [
        part
        for k, letter in zip(paths[1:], LETTERS, strict=True)
        for part in (Text(text=f"Option {letter}: "), Image(image=k))
    ]
    shared = (Text(text=INTRODUCTION), Image(image=paths[0]), Text(text=TASK), *options)
    return [
        Question(f"{name}.{k}", name, message_parts([*shared, Text(text=ASKED.format(15 * (k + 1)))]), LETTERS)
        for k in range(PER_FAMILY)
    ]
