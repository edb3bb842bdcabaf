"""What the config says about training a model from nothing, and what its job is told. All defaults are ours."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from spacenum.core.blocks import Block, Name
from spacenum.core.resources import Needs

LessonName = Literal["views", "parts", "numbers", "look_ups", "drills", "letters", "spoken"]
Learns = Literal["everything", "language", "last_layers"]
MERGE = 2
"""Patches that become one token, along each side of an image."""


class Newborn(Block):
    """Sizes of the untrained model, a Qwen3-VL; the tower and the language model are equally wide."""

    hidden: int = Field(256, ge=16, description="channels of the vision tower and of the language model")
    heads: int = Field(
        4,
        ge=3,
        description="attention heads of both, one for each role in a layout; hidden / heads must be a multiple of 8",
    )
    layers: int = Field(6, ge=5, description="of the language model")
    tower_layers: int = Field(4, ge=1, description="of the vision tower")
    widening: int = Field(2, ge=1, description="the language model's middle layers are this often as wide as hidden")
    image: int = Field(96, ge=16, description="pixels along a side, to which the model's processor resizes frames")
    patch: int = Field(8, ge=2, description="pixels along a patch; two by two patches are one token")
    vocabulary: int = Field(1024, ge=300, description="tokens at most; learnt from the training prompts")

    @model_validator(mode="after")
    def _whole_parts(self) -> Newborn:
        if self.hidden % (8 * self.heads):
            raise ValueError(f"hidden ({self.hidden}) must be a multiple of 8 x heads ({8 * self.heads})")
        if self.image % (MERGE * self.patch):
            raise ValueError(f"image ({self.image}) must be a multiple of {MERGE} x patch ({MERGE * self.patch})")
        return self

    @property
    def side(self) -> int:
        """Tokens along a side of an image."""
        return self.image // (MERGE * self.patch)


class Share(Block):
    """What a step shows and asks of one setting."""

    families: int = Field(0, ge=0, description="whose images a step shows")
    views: int = Field(
        0, ge=0, description="a family's images in some order, without a word: for the losses of tokens alone"
    )
    parts: int = Field(0, ge=0, description="questions a family made for training: two of its views, or another object")
    numbers: int = Field(0, ge=0, description="the benchmark's questions a family, answered by the numbers themselves")
    letters: int = Field(0, ge=0, description="the benchmark's questions a family, answered by a letter")
    spoken: int = Field(
        0, ge=0, description="the benchmark's questions a family, answered by the numbers and then a letter"
    )

    @property
    def lessons(self) -> dict[LessonName, int]:
        """Questions a family, of the kinds that it has."""
        counts: dict[LessonName, int] = {
            "views": self.views,
            "parts": self.parts,
            "numbers": self.numbers,
            "letters": self.letters,
            "spoken": self.spoken,
        }
        return {name: count for name, count in counts.items() if count}


class Stage(Block):
    """A part of the curriculum; docs/pretraining.md."""

    name: Name = Field(description="as the learning curve calls it")
    steps: int = Field(ge=1, description="of the optimiser")
    learning_rate: float = Field(1e-3, gt=0, description="at its peak; a cosine takes it to a fiftieth of it")
    warmup: float = Field(0.05, ge=0, lt=1, description="share of the steps in which the rate rises")
    transitions: Share = Share()
    layouts: Share = Share()
    look_ups: int = Field(0, ge=0, description="prompts a step with numbers in place of images, answered by letters")
    drills: int = Field(
        0, ge=0, description="prompts a step of numbers and their letters alone, each asked several times"
    )
    dense: float = Field(1.0, ge=0, description="weight of the losses of tokens beside those of replies; 0: none")
    letter_weight: float = Field(1.0, gt=0, description="of a letter in a reply that has numbers too; a number's is 1")
    nearest: float = Field(
        0.0,
        ge=0,
        description="above 0: no number is quite the right one, the nearest is asked for; weight of attending to it",
    )
    asked_again: int = Field(
        0, ge=0, description="choices more behind each spoken reply and look-up, among its options; needs nearest"
    )
    learns: Learns = Field(
        "everything",
        description="language: not the tower, and no losses of tokens; last_layers: "
        "what lies behind all inner losses, without these",
    )

    @property
    def of_tokens(self) -> bool:
        """Whether there are losses of tokens."""
        return self.dense > 0 and self.learns == "everything"

    @property
    def inner(self) -> bool:
        """Whether there are losses inside the language model."""
        return self.dense > 0 and self.learns != "last_layers"

    @model_validator(mode="after")
    def _learns_something(self) -> Stage:
        shown = [share for share in (self.transitions, self.layouts) if share.families]
        if not (self.look_ups or self.drills or any(self.of_tokens or share.lessons for share in shown)):
            raise ValueError(
                f"stage '{self.name}' trains nothing; give transitions.families, layouts.families, look_ups or drills "
                "a number above 0, and what is shown a question or the key dense"
            )
        if self.asked_again and not self.nearest:
            raise ValueError(
                f"stage '{self.name}' has asked_again but not nearest, which says what is right there; "
                "give nearest a number above 0, e.g. 1"
            )
        return self


class Pretraining(Block):
    """A model trained from nothing on a recipe's items: results/pretraining/<name>/."""

    recipe: str = Field(description="name under tuning.recipes: the items, which show no scene of the benchmark")
    model: Newborn = Newborn()
    stages: list[Stage] = Field(min_length=1, description="the curriculum, in order")
    held_out: float = Field(0.1, gt=0, lt=1, description="share of the training scenes that only measure")
    tested: int = Field(64, ge=1, description="families of each setting that measure, at most")
    test_every: int = Field(200, ge=1, description="steps between two lines of training.csv")
    jitter: float = Field(0.2, ge=0, lt=1, description="how far brightness and each colour of an image vary at random")
    weight_decay: float = Field(0.05, ge=0, description="AdamW's")
    precision: Literal["bfloat16", "float32"] = Field("bfloat16", description="of matrix products in training")
    compile: bool = Field(False, description="let PyTorch compile the layers: half as fast again; needs a C++ compiler")
    micro_batch: int = Field(16, ge=1, description="prompts, and images, at once; moves results within rounding")
    gpus: int = Field(0, ge=0, le=1, description="0: on the CPU, all cores; quick only where it has bfloat16 (AMX)")
    hours: float = Field(1, gt=0, description="after which a cluster may end the job")

    def needs(self) -> Needs:
        """What the job takes of the machine."""
        return Needs(gpus=self.gpus, memory_mb=16000, minutes=max(1, round(60 * self.hours)))


class PretrainParams(Block):
    """settings: only what changes the result."""

    name: str
    settings: Pretraining
    seed: int
