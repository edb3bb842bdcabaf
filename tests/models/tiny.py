"""Tiny random checkpoints of the real architectures, written in seconds with no network; they answer nonsense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from bench.checkpoints import write
from bench.tiny import TINY


def build(family: str, folder: Path, seed: int = 0, **changes: Any) -> Path:
    """Write a checkpoint of ``family`` (qwen2_5_vl, qwen3_vl, internvl or gemma3) into ``folder``; the same for a seed.

    changes: of the language model's settings.
    """
    shape = TINY[family]
    write(replace(shape, text={**shape.text, **changes}), folder, seed=seed)
    if family == "gemma3":
        _name_as_on_the_hub(folder / "model.safetensors")
    return folder


def _name_as_on_the_hub(weights: Path) -> None:
    """The vision tower's weights by the names that the published Gemma-3 checkpoints have, which vLLM knows alone."""
    kept = load_file(weights)
    named = {name.replace("vision_tower.", "vision_tower.vision_model."): each for name, each in kept.items()}
    save_file(named, weights, metadata={"format": "pt"})
