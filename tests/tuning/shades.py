"""Items that a tiny model can learn: which of four colours is this?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Picture

from spacenum.asking.settings import ModelConfig
from spacenum.items.schema import (
    LETTERS,
    Image,
    Text,
    TransitionItem,
    TransitionOption,
    TransitionQuality,
    TransitionTruth,
)

COLOURS = ((230, 20, 20), (20, 230, 20), (20, 20, 230), (230, 230, 230))


def shades(root: Path, count: int, seed: int = 0) -> list[TransitionItem]:
    """``count`` items and their images, which differ by noise. The colour tells the letter."""
    rng = np.random.default_rng(seed)
    return [_item(root, f"{seed}-{k}", COLOURS[k % 4], k % 4, rng) for k in range(count)]


def _item(root: Path, name: str, colour: tuple[int, ...], answer: int, rng: np.random.Generator) -> TransitionItem:
    pixels = np.clip(np.array(colour) + rng.integers(-20, 21, (32, 32, 3)), 0, 255)
    Picture.fromarray(pixels.astype(np.uint8)).save(root / f"{name}.png")
    return TransitionItem(
        id=name,
        split="train",
        variant="base",
        task="space2num",
        cell="transition.space2num.rotate_left_right",
        group="rotate_left_right",
        family=f"f{name}",
        scene="train-kitchen-000",
        simulator="none",
        prompt=[Text(text="See"), Image(image=f"{name}.png"), Text(text="Reply with a letter")],
        options=[TransitionOption(letter=letter, value=10.0 * k, unit="deg") for k, letter in enumerate(LETTERS)],
        answer=LETTERS[answer],
        truth=TransitionTruth(direction="left", magnitude=10.0 * answer, unit="deg"),
        quality=TransitionQuality(overlap=0.5, shared_anchors=4, pose_error=0.0, option_difference=0.1),
    )


def base(checkpoint: Path, **more: object) -> ModelConfig:
    return ModelConfig(kind="vlm", backend="transformers", checkpoint=str(checkpoint), dtype="float32", **more)
