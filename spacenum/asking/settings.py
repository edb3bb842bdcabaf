"""A model's file, and the parameters of the job that asks it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ConfigDict, Field, field_validator, model_validator

from spacenum.asking.base import Kind, ModelInfo
from spacenum.asking.chat import Sampling
from spacenum.asking.modes import Mode, ModeName
from spacenum.core.blocks import Block
from spacenum.core.resources import Needs
from spacenum.items.schema import Setting
from spacenum.variants.catalogue import names

T = TypeVar("T")
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
CHECKPOINT_FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "chat_template.jinja",
)
"""What a model that this pipeline trains from nothing consists of."""
PRETRAINED = "results/pretraining/{name}/checkpoint"
"""Where it lies, in the study's folder."""
IMPORTED = "imported"
"""The backend of models that were asked elsewhere."""
ReasoningSwitch = Literal["none", "prompt", "template", "checkpoint"]


class ReplyLimits(Block):
    """Tokens after which a reply is cut, by the form of the answer; a reply that was cut counts as truncated."""

    letter: int = Field(32, ge=1, le=100_000, description="a letter")
    reasoning: int = Field(4096, ge=1, le=100_000, description="thoughts and a letter")
    open: int = Field(64, ge=1, le=100_000, description="a number, or corners")


class QuestionSeconds(Block):
    """Seconds that a question takes, estimated, by the form of the answer; several jobs share hours of questions."""

    letter: float = Field(0.25, gt=0, description="a letter")
    reasoning: float = Field(2, gt=0, description="thoughts and a letter")
    open: float = Field(0.5, gt=0, description="a number, or corners")


class RecommendedSampling(Block):
    """How the checkpoint's authors advise to draw replies, by the form of the answer: modes ``…-recommended``."""

    letter: Sampling | None = Field(None, description="a letter; null: letter-recommended can't be asked")
    reasoning: Sampling | None = Field(None, description="thoughts and a letter; null: as above")
    open: Sampling | None = Field(None, description="a number, or corners; null: as above")

    @field_validator("letter", "reasoning", "open")
    @classmethod
    def _all_stated(cls, sampling: Sampling | None) -> Sampling | None:
        """What isn't stated would be another value in other programs: a top_k of 50 in transformers, none in vLLM."""
        missing = [
            name for name in ("temperature", "top_p", "top_k") if sampling and name not in sampling.model_fields_set
        ]
        if missing:
            raise ValueError(f"lacks {', '.join(missing)}; state temperature, top_p (1: all) and top_k (0: all)")
        return sampling


def _or_base(schema: dict[str, Any]) -> None:
    """In the schema of files: what is required may come from the base."""
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["base"]}]


class ModelConfig(Block):
    """A file in ``config/models``: what answers. ``options`` belong to the backend, which checks them."""

    model_config = ConfigDict(json_schema_extra=_or_base)

    kind: Kind = Field(
        description="reference (ends of the scale), shortcut (a rule that leaves out what an item is to test), "
        "baseline (no VLM), demonstration (a small VLM that is trained here), vlm or human"
    )
    backend: str = Field(
        description="a module of spacenum.models: baselines.<name>, transformers, vllm, openai, ovis, person, imported"
    )
    parameters_b: float | None = Field(None, ge=0, description="size in billions of parameters, for the tables")
    settings: list[Setting] = Field(
        ["transition", "layout"], min_length=1, description="what it can answer; other cells stay empty"
    )
    family: str | None = Field(None, description="the family that tables group by")
    checkpoint: str | None = Field(None, description="hub repository or folder")
    revision: str | None = Field(
        None, description="commit of the checkpoint; of a branch, a tag or null (main) the commit is found out and kept"
    )
    base: str | None = Field(
        None, description="another file in config/models, whose keys hold where this one has none, in blocks too"
    )
    adapter: str | None = Field(None, description="LoRA adapter laid over the checkpoint: a folder that peft wrote")
    licence: str | None = Field(None, description="of the checkpoint, as its authors name it")
    gated: bool = Field(False, description="the hub asks for an accepted licence")
    remote_code: bool = Field(
        False, description="only Python code of its own loads the checkpoint, so options.trust_remote_code must agree"
    )
    dtype: Literal["bfloat16", "float16", "float32"] = Field("bfloat16", description="precision of weights")
    pixel_budget: int | None = Field(
        None, ge=1, description="pixels that an image of ours may cost; null: the checkpoint's limit"
    )
    external_pixel_budget: int | None = Field(
        None, ge=1, description="the same for images of other benchmarks (docs/external.md)"
    )
    reasoning: ReasoningSwitch = Field(
        "none",
        description="how it is made to think: prompt (in words), template (a flag), checkpoint (it always thinks); "
        "none: reasoning modes leave its cells empty",
    )
    reasoning_backend: str | None = Field(
        None, description="the backend of reasoning modes, with reasoning_options for options; null: that of all modes"
    )
    reasoning_options: dict[str, Any] = Field({}, description="options of reasoning_backend")
    system_prompt: str | None = Field(
        None,
        min_length=1,
        description="text of a first message with role system; null: none, but for what the template adds",
    )
    reasoning_system_prompt: str | None = Field(
        None, min_length=1, description="in the place of system_prompt where it may think"
    )
    images_first: bool = Field(
        False, description="all images of a message before its texts; false: in the places where the texts name them"
    )
    max_new_tokens: ReplyLimits = ReplyLimits()
    sampling: RecommendedSampling = RecommendedSampling()
    batch_families: int = Field(
        8, ge=1, le=1024, description="families asked at once; part of the result, for a batch moves bfloat16 replies"
    )
    variants: bool | list[str] | None = Field(
        None,
        description="whether it is asked variants of the items too (`snakemake paper`), or the names of those that it "
        "is asked; null: if it is a vlm",
    )
    external: bool | None = Field(
        None, description="whether it is asked other benchmarks' items too (docs/external.md); null: if it is a vlm"
    )
    compared_with: str | None = Field(
        None,
        description="the model that it is compared with: of which it is a tuned form, or, for a checkpoint that always "
        "thinks, whose letters stand against its reasoning",
    )
    gpus: int | dict[int, int] = Field(
        0,
        description="GPUs that a job needs, or how many by the memory of one in GB, of which SPACENUM_GPU_GB is this "
        "machine's; 0: it answers on the CPU, or elsewhere",
    )
    memory_gb: float | None = Field(
        None,
        gt=0,
        description="main memory that a job needs; null: 4, and with GPUs 8 more than its "
        "weights, which pass through it",
    )
    hours: float | None = Field(
        None, gt=0, description="after which a cluster may end a job; null: 8 if it is a vlm, else 1"
    )
    seconds: QuestionSeconds = QuestionSeconds()
    sft: dict[str, Any] = Field(
        {}, description="keys of the config's `tuning.sft` that have another value where this model is the base"
    )
    options: dict[str, Any] = Field({}, description="what else the backend takes")

    @model_validator(mode="after")
    def _reasoning_backend_stated(self) -> ModelConfig:
        if self.reasoning_options and not self.reasoning_backend:
            raise ValueError("reasoning_options are given without reasoning_backend, whose options they are; give both")
        return self

    @field_validator("variants")
    @classmethod
    def _known_variants(cls, variants: bool | list[str] | None) -> bool | list[str] | None:
        there = names()
        unknown = [name for name in (variants if isinstance(variants, list) else []) if name not in there]
        if unknown:
            raise ValueError(f"names '{unknown[0]}'; there are {', '.join(there)}")
        return variants

    @field_validator("gpus", mode="before")
    @classmethod
    def _count_or_counts(cls, gpus: Any) -> Any:
        counts = gpus if isinstance(gpus, dict) else {1: gpus}
        numbers = all(type(n) is int for n in (*counts, *counts.values()))
        if not counts or not numbers or min(counts) < 1 or not all(0 <= n <= 64 for n in counts.values()):
            raise ValueError(
                "should be a number of GPUs from 0 to 64, or such numbers by the memory of one GPU in GB, as "
                "{40: 2, 80: 1}"
            )
        return gpus

    def info(self, name: str) -> ModelInfo:
        """What tables say about it."""
        people = len(self.options.get("people") or ()) if self.kind == "human" else 0
        return ModelInfo(
            name=name,
            kind=self.kind,
            parameters_b=self.parameters_b,
            family=self.family,
            title=self._title(),
            people=people or None,
            harness=self.options.get("harness") if self.backend == IMPORTED else None,
        )

    def _title(self) -> str | None:
        """Family and size, as the paper names its models; adapters and checkpoints that always think are others."""
        plain = self.kind == "vlm" and self.adapter is None and self.reasoning != "checkpoint"
        return f"{self.family}-{self.parameters_b:g}B" if plain and self.family and self.parameters_b else None

    def thinks(self, reasoning: bool) -> bool:
        """Whether it may think before it answers a question, which lets it if ``reasoning``."""
        return reasoning or self.reasoning == "checkpoint"

    def system_for(self, reasoning: bool) -> str | None:
        """The system prompt of a question."""
        return (self.thinks(reasoning) and self.reasoning_system_prompt) or self.system_prompt

    @property
    def is_vlm(self) -> bool:
        """Whether it is a VLM, however small."""
        return self.kind in ("vlm", "demonstration")

    def answers_in(self, mode: Mode) -> bool:
        """Whether it has an answer in a mode. Only VLMs reply in text; all others answer by letter, unrotated. Imported
        replies are of one mode."""
        if self.backend == IMPORTED:
            return mode.name == self.options.get("mode", "letter-greedy")
        if not self.is_vlm:
            return mode.format != "open" and not mode.rotations
        return self.reasoning != ("none" if mode.format == "reasoning" else "checkpoint")

    def takes_variant(self, name: str) -> bool:
        """Whether it is asked a variant of the items."""
        if isinstance(self.variants, list):
            return name in self.variants
        return self.is_vlm if self.variants is None else self.variants

    @property
    def pretrained(self) -> str | None:
        """What its checkpoint is called under the config's ``pretraining``, if this pipeline trains it from nothing."""
        found = re.fullmatch(PRETRAINED.format(name="([^/]+)"), (self.checkpoint or "").rstrip("/"))
        return found[1] if found else None

    def weight_files(self) -> list[Path]:
        """Files that its answers follow from and that this pipeline may make: a checkpoint trained here, an adapter."""
        own = [Path(PRETRAINED.format(name=self.pretrained)) / name for name in CHECKPOINT_FILES]
        return (own if self.pretrained else []) + self.adapter_files()

    def adapter_files(self) -> list[Path]:
        """The files of its adapter."""
        return [Path(self.adapter).expanduser() / name for name in ADAPTER_FILES] if self.adapter else []

    def takes_external(self) -> bool:
        """Whether it is asked other benchmarks' items."""
        return self.is_vlm if self.external is None else self.external

    def without_reasoning(self) -> str | None:
        """The model that stands for it where nobody reasons, if it always does; a tuned form stands for itself."""
        return self.compared_with if self.reasoning == "checkpoint" else None

    def for_external(self) -> ModelConfig:
        """As it is asked about images of other benchmarks, which may be larger than frames."""
        return self.model_copy(update={"pixel_budget": self.external_pixel_budget})

    def gpu_count(self, gpu_gb: int) -> int:
        """GPUs of ``gpu_gb`` GB that a job needs: the count for the largest that is no larger; more of smaller ones."""
        if isinstance(self.gpus, int):
            return self.gpus
        known = sorted(self.gpus)
        fitting = [size for size in known if size <= gpu_gb]
        return self.gpus[fitting[-1]] if fitting else self.gpus[known[0]] * math.ceil(known[0] / gpu_gb)

    def needs(self, gpu_gb: int) -> Needs:
        """What a job of it takes of a machine whose GPUs have ``gpu_gb`` GB each."""
        gpus = self.gpu_count(gpu_gb)
        weights_gb = (4 if self.dtype == "float32" else 2) * (self.parameters_b or 0)
        memory_gb = self.memory_gb or (8 + weights_gb if gpus else 4)
        hours = self.hours or (8 if self.is_vlm else 1)
        return Needs(gpus=gpus, memory_mb=round(1000 * memory_gb), minutes=max(1, round(60 * hours)))

    def in_mode(self, mode: Mode) -> ModelConfig:
        """As it is asked in a mode: through that mode's backend, and without what only other modes need."""
        advised = getattr(self.sampling, mode.format) if mode.decoding == "recommended" else None
        changes: dict[str, Any] = {
            "reasoning_backend": None,
            "reasoning_options": {},
            "sampling": RecommendedSampling(**({mode.format: advised} if advised else {})),
        }
        if mode.format == "reasoning" and self.reasoning_backend:
            changes |= {"backend": self.reasoning_backend, "options": self.reasoning_options}
        return self.model_copy(update=changes)

    def asked(self) -> ModelConfig:
        """Only what changes its answers: neither what tables say of it nor the machine that it wants."""
        machine = ("gpus", "memory_gb", "hours", "seconds", "licence", "remote_code")
        elsewhere = ("variants", "external", "external_pixel_budget", "sft")
        apart = (*machine, *elsewhere, "parameters_b", "settings", "compared_with", "base")
        return self.model_copy(update={name: type(self).model_fields[name].default for name in apart})


class AnswersPart(Block):
    """One of ``of`` jobs that together ask what one would: every ``of``-th batch of questions, from ``number`` on."""

    number: int = Field(0, ge=0)
    of: int = Field(1, ge=1)

    def share(self, batches: Sequence[T]) -> Sequence[T]:
        """The batches that are this part's."""
        return batches[self.number :: self.of]


class AnswersParams(Block):
    """repeats: how often each item is asked, in modes that draw at random."""

    model: str
    config: ModelConfig
    mode: ModeName
    seed: int
    repeats: int = 1
    part: AnswersPart = AnswersPart()
