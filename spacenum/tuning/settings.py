"""The config of tuning, and the parameters of its jobs. Defaults are the paper's, where it says something."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block, Name
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.items.schema import DIMENSIONS, SETTINGS, Dimension, Setting
from spacenum.tuning.rewards import catalogue as rewards


def _known(method: str) -> str:
    known = ["sft", *(f"grpo_{name}" for name in rewards.names())]
    if method not in known:
        raise ValueError(f"there is no such method; there are {', '.join(known)}")
    return method


Method = Annotated[str, AfterValidator(_known)]
ReplyForm = Literal["letter", "worked"]
WORKED_TOKENS = 256
"""Tokens that a reply of form ``worked`` may have: four options of three dimensions take about 200."""
ExperimentName = Literal["transfer", "mixture", "grpo"]


class Recipe(Block):
    """A selection of the training items."""

    size: int | None = Field(None, ge=1, description="how many items; null: all that there are")
    transition_percent: int = Field(0, ge=0, le=100, description="share of transitions; the rest are layouts")
    dimensions: list[Dimension] = Field(list(DIMENSIONS), min_length=1, description="of layouts")
    imported: Name | None = Field(
        None, description="a training set that `spacenum items import` brought, in place of this study's own items"
    )

    @model_validator(mode="after")
    def _sized_if_mixed(self) -> Recipe:
        if self.size is None and len(self.settings) > 1:
            raise ValueError("a recipe with both settings needs a size")
        if self.takes_all and (self.transition_percent or self.dimensions != list(DIMENSIONS)):
            raise ValueError(
                "without a size, an imported set is taken whole: give a size, or neither share nor dimensions"
            )
        return self

    @property
    def takes_all(self) -> bool:
        """Whether it is a whole imported set, whatever cells that has."""
        return self.imported is not None and self.size is None

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Those that it takes items of."""
        used = {"transition": self.transition_percent > 0, "layout": self.transition_percent < 100}
        return tuple(setting for setting in SETTINGS if used[setting])


class SftSettings(Block):
    """Supervised LoRA: the right letter as the reply."""

    reply: ReplyForm = Field(
        "letter",
        description="letter (paper), or worked: the numbers of all options, then the right one and its letter (ours)",
    )
    rank: int = Field(8, ge=1, description="of the LoRA matrices (paper)")
    alpha: int = Field(16, ge=1, description="LoRA's scale, over the rank (paper)")
    dropout: float = Field(0.0, ge=0, lt=1, description="of LoRA's inputs (ours)")
    learning_rate: float = Field(1e-4, gt=0, description="at its peak; a cosine takes it to 0 (paper)")
    warmup_ratio: float = Field(0.1, ge=0, lt=1, description="share of steps in which the rate rises (paper)")
    epochs: float = Field(3, gt=0, description="passes over the items (paper)")
    batch_size: int = Field(128, ge=1, description="items a step, over all GPUs (paper)")
    micro_batch_size: int = Field(8, ge=1, description="items at once on one GPU; moves results within rounding")
    max_length: int = Field(2048, ge=16, description="tokens; a longer item is refused, never cut (paper)")
    gradient_checkpointing: bool = Field(True, description="saves memory, costs about a third of the time")

    def for_base(self, name: str, base: ModelConfig) -> SftSettings:
        """These settings with those of the base's file over them; SpaceNumError names the file and the key."""
        try:
            return SftSettings.model_validate({**self.model_dump(exclude_unset=True), **base.sft})
        except ValidationError as error:
            raise SpaceNumError(f"config/models/{name}.yaml, key 'sft': {first_problem(error)}") from None


class GrpoSettings(Block):
    """Group-relative policy optimisation with LoRA. What the paper leaves open is as in EasyR1's example for
    Qwen3-VL-4B with LoRA, whose rank, alpha, rate and rollouts are the paper's: an inference (docs/tuning.md)."""

    rank: int = Field(64, ge=1, description="of the LoRA matrices (paper)")
    alpha: int = Field(64, ge=1, description="LoRA's scale, over the rank (paper)")
    learning_rate: float = Field(1e-5, gt=0, description="constant (paper; the shape is ours)")
    rollout_batch_size: int = Field(128, ge=1, description="items that one policy answers before it is updated (paper)")
    actor_batch_size: int = Field(64, ge=1, description="items of these in one step of the optimiser (paper)")
    rollouts: int = Field(5, ge=2, description="replies to each item (paper)")
    epochs: float = Field(1, gt=0, description="passes over the items (ours)")
    temperature: float = Field(1.0, gt=0, description="of rollouts (EasyR1)")
    clip_ratio_low: float = Field(
        0.2, gt=0, lt=1, description="the ratio of probabilities is clipped to 1 - this from below (EasyR1)"
    )
    clip_ratio_high: float = Field(0.3, gt=0, description="the same from above, to 1 + this (EasyR1)")
    clip_ratio_dual: float | None = Field(
        3.0,
        gt=1,
        description="the ratio counts no more than this where the advantage is negative; null: no limit (EasyR1)",
    )
    loss_mean: Literal["token", "reply"] = Field(
        "token", description="over all tokens of a step, or over replies, of each of which over its tokens (EasyR1)"
    )
    deviation: Literal["sample", "population"] = Field(
        "sample", description="that rewards are divided by: of n - 1, or of n replies (EasyR1)"
    )
    weight_decay: float = Field(0.01, ge=0, description="AdamW's (EasyR1)")
    kl_coefficient: float = Field(0.01, ge=0, description="weight of the KL divergence from the base model (EasyR1)")
    micro_batch_size: int = Field(8, ge=1, description="items at once; moves results within rounding")
    max_length: int = Field(2048, ge=16, description="tokens; a longer item is refused, never cut")
    gradient_checkpointing: bool = Field(True, description="saves memory, costs about a third of the time")

    @model_validator(mode="after")
    def _whole_batches(self) -> GrpoSettings:
        if self.rollout_batch_size % self.actor_batch_size:
            raise ValueError(
                f"rollout_batch_size ({self.rollout_batch_size}) must be a multiple of actor_batch_size "
                f"({self.actor_batch_size})"
            )
        return self


class Experiment(Block):
    """One table: every base tuned on every recipe by every method, against the base."""

    bases: list[Name] = Field([], description="names of files in config/models, backend transformers")
    recipes: list[Name] = Field([], description="names under tuning.recipes")
    methods: list[Method] = Field(["sft"], description="sft, or grpo_<reward>: modules of spacenum.tuning.rewards")


class TuningExperiments(Block):
    """What is tuned and compared: a table each."""

    transfer: Experiment = Field(Experiment(), description="results/tables/transfer.csv: the 12 cells of layouts")
    mixture: Experiment = Field(Experiment(), description="results/tables/mixture.csv: overall and each setting")
    grpo: Experiment = Field(Experiment(), description="results/tables/grpo.csv: each setting and each task")


class TuningConfig(Block):
    """LoRA on training items (docs/tuning.md); none of it is made by `all`."""

    recipes: dict[Name, Recipe] = Field({}, description="name: {size, transition_percent, dimensions, imported}")
    experiments: TuningExperiments = TuningExperiments()
    sft: SftSettings = SftSettings()
    grpo: GrpoSettings = GrpoSettings()


class RecipeParams(Block):
    name: str
    recipe: Recipe
    seed: int


class SftParams(Block):
    """tuned: the name of the model that comes out; base: of what goes in, only what changes the result."""

    tuned: str
    base: ModelConfig
    settings: SftSettings
    seed: int


class GrpoParams(Block):
    """As ``SftParams``. reward: a module of ``spacenum.tuning.rewards``."""

    tuned: str
    base: ModelConfig
    settings: GrpoSettings
    reward: str
    seed: int


class Machine(Block):
    """Environment variables SPACENUM_TUNING_…; never part of a result.

    checkpoints: folder of what a killed run goes on from. every: steps between these.
    workers: processes that read images.
    """

    checkpoints: str = "tuning_checkpoints"
    every: int = Field(50, ge=1)
    workers: int = Field(0, ge=0)
