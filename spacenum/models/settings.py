"""A model's file, and what the job that asks it is told."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from spacenum.blocks import Block
from spacenum.items.schema import Setting
from spacenum.models.base import Kind, ModelInfo

ReasoningSwitch = Literal["none", "prompt", "template", "checkpoint"]


class ModelConfig(Block):
    """A file in ``config/models``: what answers. ``options`` belong to the backend, which checks them."""

    kind: Kind = Field(description="reference (ends of the scale), baseline (no VLM) or vlm")
    backend: str = Field(description="a module of spacenum.models: baselines.<name>, transformers, vllm, openai, ovis")
    parameters_b: float | None = Field(None, ge=0, description="size in billions of parameters, for the tables")
    settings: list[Setting] = Field(
        ["transition", "layout"], min_length=1, description="what it can answer; other cells stay empty"
    )
    family: str | None = Field(None, description="the family that tables group by")
    checkpoint: str | None = Field(None, description="hub repository or folder")
    revision: str | None = Field(None, description="pinned commit of the checkpoint")
    adapter: str | None = Field(None, description="LoRA adapter laid over the checkpoint: a folder")
    gated: bool = Field(False, description="the hub asks for an accepted licence")
    dtype: Literal["bfloat16", "float16", "float32"] = Field("bfloat16", description="precision of weights")
    pixel_budget: int | None = Field(None, ge=1, description="pixels an image may cost")
    reasoning: ReasoningSwitch = Field(
        "none",
        description="how it is made to think: prompt (in words), template (a flag), checkpoint (it always thinks); "
        "none: reasoning modes leave its cells empty",
    )
    opens_think: bool = Field(
        False, description="its template opens <think> itself when it is to think, so that replies only close it"
    )
    gpus: int = Field(0, ge=0, le=64, description="GPUs that a job needs")
    options: dict[str, Any] = Field({}, description="what else the backend takes")

    def info(self, name: str) -> ModelInfo:
        """What tables say about it."""
        return ModelInfo(name=name, kind=self.kind, parameters_b=self.parameters_b)


class AnswersParams(Block):
    model: str
    config: ModelConfig
    mode: str
    seed: int
