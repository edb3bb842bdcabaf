"""What the config says about training a model from random weights, and what its job is told. All defaults are ours."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from spacenum.core.blocks import Block, Name
from spacenum.core.resources import Needs

MERGE = 2
"""Patches that become one token, along each side of an image."""
ANSWER_LAYER = 5
"""Of the language model: its first head finds the answer."""

LOSS_WEIGHTS: dict[str, float] = {
    "category": 1.0,
    "depth": 1.0,
    "position": 3.0,
    "matching": 1.0,
    "match_attention": 1.0,
    "last_numerals": 1.0,
    "first_numerals": 1.0,
    "name_attention": 1.0,
    "role": 0.5,
    "role_attention": 0.5,
    "role_boxes": 1.0,
    "axis": 0.5,
    "numbers": 4.0,
    "letter": 1.0,
    "letter_attention": 1.0,
    "question_attention": 1.0,
    "answer_vectors": 4.0,
    "answer_attention": 1.0,
}
"""Auxiliary losses (``losses.py``), and what they count beside the loss of replies, which has 1."""


class ModelSize(Block):
    """Sizes of the model, a Qwen3-VL; its vision tower and its language model are equally wide."""

    hidden: int = Field(256, ge=16, description="channels of the vision tower and of the language model")
    heads: int = Field(
        4, ge=4, description="attention heads of both; hidden / heads must be a multiple of 8, from 40 on"
    )
    layers: int = Field(6, gt=ANSWER_LAYER, description="of the language model")
    tower_layers: int = Field(4, ge=1, description="of the vision tower")
    mlp_ratio: int = Field(2, ge=1, description="channels inside the language model's MLPs, over hidden")
    image: int = Field(96, ge=16, description="pixels along a side, to which the model's processor resizes frames")
    patch: int = Field(8, ge=2, description="pixels along a patch; two by two patches are one token")
    vocabulary: int = Field(1024, ge=300, description="tokens at most; trained on the training prompts")

    @model_validator(mode="after")
    def _divisible(self) -> ModelSize:
        if self.hidden % (8 * self.heads):
            raise ValueError(f"hidden ({self.hidden}) must be a multiple of 8 x heads ({8 * self.heads})")
        if self.image % (MERGE * self.patch):
            raise ValueError(f"image ({self.image}) must be a multiple of {MERGE} x patch ({MERGE * self.patch})")
        return self

    @property
    def side(self) -> int:
        """Tokens along a side of an image."""
        return self.image // (MERGE * self.patch)


class Stage(Block):
    """A part of the curriculum: what each of its steps shows."""

    name: Name = Field(description="as the learning curve calls it")
    steps: int = Field(ge=1, description="of the optimiser")
    transitions: int = Field(0, ge=0, description="transition families a step, whose images are encoded")
    layouts: int = Field(0, ge=0, description="the same of layouts")
    questions: int = Field(0, ge=0, description="examples a family; 0: only the losses of image tokens")
    lookups: int = Field(0, ge=0, description="examples a step with numbers in place of images")

    @model_validator(mode="after")
    def _trains_something(self) -> Stage:
        if not (self.transitions or self.layouts or self.lookups):
            raise ValueError(
                f"stage '{self.name}' trains nothing; give transitions, layouts or lookups a number above 0"
            )
        return self


class Pretraining(Block):
    """A model trained from random weights on a recipe's items: results/pretraining/<name>/."""

    recipe: str = Field(description="name under tuning.recipes: the items, which show no scene of the benchmark")
    model: ModelSize = ModelSize()
    stages: list[Stage] = Field(min_length=1, description="the curriculum, in order")
    learning_rate: float = Field(1e-3, gt=0, description="at its peak; over all stages one cosine takes it to 0")
    warmup: float = Field(0.03, ge=0, lt=1, description="share of all steps in which the rate rises")
    weight_decay: float = Field(0.05, ge=0, description="AdamW's")
    losses: dict[str, float] = Field(
        {}, description="weights of auxiliary losses, where they differ from docs/pretraining.md; 0 leaves one out"
    )
    seed: int = Field(0, ge=0, description="of weights and batches, beside the study's own: for repeated trainings")
    jitter: float = Field(0.2, ge=0, lt=1, description="how far brightness and each colour of an image vary at random")
    held_out: float = Field(0.1, gt=0, lt=1, description="share of the training scenes that only measure")
    measured: int = Field(64, ge=1, description="families of each setting that measure, at most")
    measure_every: int = Field(200, ge=1, description="steps between two measurements in training.csv")
    precision: Literal["bfloat16", "float32"] = Field("bfloat16", description="of matrix products in training")
    compile: bool = Field(False, description="let PyTorch compile the layers: faster; needs a C++ compiler")
    micro_batch: int = Field(16, ge=1, description="prompts, and images, at once; moves results within rounding")
    gpus: int = Field(0, ge=0, le=1, description="0: on the CPU, all cores; quick only where it has bfloat16")
    hours: float = Field(1, gt=0, description="after which a cluster may end the job")

    @field_validator("losses")
    @classmethod
    def _known(cls, losses: dict[str, float]) -> dict[str, float]:
        if strange := next((name for name in losses if name not in LOSS_WEIGHTS), None):
            raise ValueError(f"'{strange}' is no auxiliary loss; there are {', '.join(LOSS_WEIGHTS)}")
        return losses

    @property
    def loss_weights(self) -> dict[str, float]:
        """Of all auxiliary losses."""
        return LOSS_WEIGHTS | self.losses

    def needs(self) -> Needs:
        """What the job takes of the machine."""
        return Needs(gpus=self.gpus, memory_mb=16000, minutes=max(1, round(60 * self.hours)))


class PretrainParams(Block):
    """settings: only what changes the result."""

    name: str
    settings: Pretraining
    seed: int
