"""What the transformers backend takes from a model's file (``options``) and from the machine."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem


class TransformersOptions(Block):
    """``options`` of a model's file. All of them move results within bf16's rounding,
    so all are part of the identity."""

    batch_size: int = Field(
        16, ge=1, description="questions in one forward pass; lower it if the GPU's memory runs out"
    )
    share_prefixes: bool = Field(
        True, description="letter_logprobs: compute what questions of a family share once; false is the plain way"
    )
    attention: Literal["sdpa", "eager", "flash_attention_2"] = Field("sdpa", description="attention kernels")
    path: Literal["fast", "stock"] | None = Field(
        None,
        description="stock: transformers' own calls alone, slower, for any class; fast: this backend's, for families "
        "that it knows; null: fast for these, as the checkpoint's config.json says",
    )
    compile: bool = Field(
        False, description="fuse norms and activations by torch.compile; needs Triton on a GPU, a C++ compiler on a CPU"
    )

    unread_weights: list[str] = Field(
        [],
        description="patterns of names of weights in the checkpoint's files that its class has no place for and needs "
        "not; others stop the job",
    )

    @field_validator("unread_weights")
    @classmethod
    def _patterns(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is no regular expression ({error})") from None
        return patterns


class LocalMachine(Block):
    """What this machine gives: environment variables SPACENUM_DEVICE and SPACENUM_GPUS. Never part of a result."""

    device: Literal["auto", "cpu"] = Field("auto", description="auto: GPUs, if the job has any; cpu: never")
    gpus: int = Field(0, ge=0, description="GPUs of the job; over more than one the weights are spread")


def options_of(config: ModelConfig) -> TransformersOptions:
    """The file's ``options``, checked. SpaceNumError names the key that is wrong."""
    try:
        return TransformersOptions.model_validate(config.options)
    except ValidationError as error:
        raise SpaceNumError(f"model file, key 'options': {first_problem(error)}") from None
