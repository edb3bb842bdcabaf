"""What the config says about training a model from nothing, and what its job is told. All defaults are ours."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from spacenum.blocks import Block
from spacenum.needs import Needs

LessonName = Literal["numbers", "look_ups", "letters", "spoken"]
PretrainingName = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
MERGE = 2
"""Patches that become one token, along each side of an image."""


class Newborn(Block):
    """Sizes of the untrained model, a Qwen3-VL; the tower and the language model are equally wide."""

    hidden: int = Field(320, ge=16, description="channels of the vision tower and of the language model")
    heads: int = Field(5, ge=1, description="attention heads of both; hidden / heads must be a multiple of 8")
    layers: int = Field(6, ge=2, description="of the language model")
    tower_layers: int = Field(6, ge=2, description="of the vision tower")
    patch: int = Field(8, ge=2, description="pixels along a patch; two by two patches are one token")
    vocabulary: int = Field(1024, ge=300, description="tokens at most; learnt from the training prompts")

    @model_validator(mode="after")
    def _even_heads(self) -> Newborn:
        if self.hidden % (8 * self.heads):
            raise ValueError(f"hidden ({self.hidden}) must be a multiple of 8 x heads ({8 * self.heads})")
        return self


class Stage(Block):
    """A part of the curriculum: how many pairs of views and prompts of each kind a step takes; docs/pretraining.md."""

    name: PretrainingName = Field(description="as the learning curve calls it")
    steps: int = Field(ge=1, description="of the optimiser")
    learning_rate: float = Field(5e-4, gt=0, description="at its peak; a cosine takes it to a fiftieth of it")
    warmup: float = Field(0.05, ge=0, lt=1, description="share of the steps in which the rate rises")
    matching: int = Field(0, ge=0, description="pairs of views whose tokens are matched")
    depth: int = Field(0, ge=0, description="images whose tokens' depths are told")
    numbers: int = Field(0, ge=0, description="prompts answered by the numbers themselves")
    look_ups: int = Field(0, ge=0, description="prompts with numbers in place of images, answered by letters")
    letters: int = Field(0, ge=0, description="the benchmark's prompts, answered by a letter")
    spoken: int = Field(0, ge=0, description="the benchmark's prompts, answered by the numbers and then a letter")
    dense_weight: float = Field(1.0, ge=0, description="of the losses of matching and depth beside those of replies")

    @model_validator(mode="after")
    def _learns_something(self) -> Stage:
        if not (self.matching or self.depth or self.lessons):
            raise ValueError(
                f"stage '{self.name}' trains nothing; give matching, depth or a kind of prompt a number above 0"
            )
        return self

    @property
    def lessons(self) -> dict[LessonName, int]:
        """Prompts a step, of the kinds that it has."""
        counts: dict[LessonName, int] = {
            "numbers": self.numbers,
            "look_ups": self.look_ups,
            "letters": self.letters,
            "spoken": self.spoken,
        }
        return {name: count for name, count in counts.items() if count}


class Pretraining(Block):
    """A model trained from nothing on a recipe's items: results/pretraining/<name>/."""

    recipe: str = Field(description="name under tuning.recipes: the items, which show no scene of the benchmark")
    model: Newborn = Newborn()
    stages: list[Stage] = Field(min_length=1, description="the curriculum, in order")
    held_out: float = Field(0.1, gt=0, lt=1, description="share of the training scenes that only measure")
    tested: int = Field(256, ge=1, description="prompts of each kind and task, and pairs, that measure")
    test_every: int = Field(200, ge=1, description="steps between two lines of training.csv")
    jitter: float = Field(0.2, ge=0, lt=1, description="how far brightness and each colour of an image vary at random")
    weight_decay: float = Field(0.05, ge=0, description="AdamW's")
    micro_batch: int = Field(128, ge=1, description="prompts at once; moves results within rounding")
    gpus: int = Field(1, ge=0, le=1, description="0: on the CPU, for toys alone")
    hours: float = Field(1, gt=0, description="after which a cluster may end the job")

    def needs(self) -> Needs:
        """What the job takes of the machine."""
        return Needs(gpus=self.gpus, memory_mb=16000, minutes=max(1, round(60 * self.hours)))


class PretrainParams(Block):
    """settings: only what changes the result. image: pixels along a side."""

    name: str
    settings: Pretraining
    image: int
    seed: int
