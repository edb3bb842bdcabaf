"""The config's block ``release``, and the parameters of the job that makes it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.items.schema import Setting
from spacenum.simulators.settings import SimulatorName

CANARY = "spacenum:f1c1b6a0-6a1e-5f0e-9d0b-2605238980aa"
"""Stands in the card, the metadata and every parquet file of a release, so that what a model was trained on can be
searched for it."""
RELEASED = "data/items/benchmark/{variant}/{setting}.jsonl"
"""Where items that a release brought lie in a study's folder: where a study that renders has its own."""
SHOWN_SPLIT = "test"
"""What the hub calls the split that is only for testing."""


class ReleaseConfig(Block):
    """What a release holds (docs/release.md)."""

    answers: bool = Field(
        True, description="whether right answers, truths, and option values that would tell them stand in it"
    )


class ReleaseParams(Block):
    """pictures: by setting, whose objects the images show. variants: what each of the released ones changes."""

    study: str
    version: str
    answers: bool
    pack: str
    simulators: dict[Setting, SimulatorName]
    pictures: dict[Setting, Literal["pack", "simulator"]]
    variants: dict[str, str]
