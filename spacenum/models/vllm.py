"""vLLM: a server that the job starts and stops, or the engine in its own process (options.serve)."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from functools import cache
from pathlib import Path

from spacenum.asking.base import Context
from spacenum.asking.chat import ChatModel
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.versions import beside, released
from spacenum.models.adapter_files import check_adapter_for
from spacenum.models.checkpoints import (
    READERS,
    check_files,
    checkpoint_of,
    identity,
    image_settings,
    model_type,
    pinned,
    reply_versions,
    thought_identity,
)
from spacenum.models.endpoint.messages import Messages
from spacenum.models.endpoint.settings import parse_options
from spacenum.models.image_tokens import of_checkpoint
from spacenum.models.pixels import ImagePlan, image_arguments
from spacenum.models.vllm_engine.settings import VllmOptions, command_of, engine_arguments, machine_of

VLLM = "vllm"
"""The package."""
IMAGES = "2"
"""Part of the key of a reply about images within a budget; the number goes up when these reach the model otherwise."""


def check(config: ModelConfig) -> None:
    """SpaceNumError if the model's file says what can't be: before anything is made, wherever that is."""
    options = parse_options(config, VllmOptions)
    longest = max(getattr(config.max_new_tokens, form) for form in type(config.max_new_tokens).model_fields)
    if options.max_model_len and options.max_model_len <= longest:
        raise SpaceNumError(
            f"max_model_len is {options.max_model_len} tokens for prompt and reply, and max_new_tokens lets replies "
            f"have {longest}; raise the one or lower the other"
        )
    if options.thinking_budget and options.thinking_budget >= config.max_new_tokens.reasoning:
        raise SpaceNumError(
            f"thinking_budget {options.thinking_budget} leaves no room for an answer within max_new_tokens.reasoning = "
            f"{config.max_new_tokens.reasoning}; lower it"
        )


def load(config: ModelConfig, context: Context) -> ChatModel:
    """The checkpoint that the model's file names; weights are read, or a server started, at the first question."""
    config = pinned(config)
    options = parse_options(config, VllmOptions)
    machine = machine_of(os.environ)
    adapter = Path(config.adapter) if config.adapter else None
    arguments = engine_arguments(config, options, machine, machine.gpus(config, os.environ), adapter)
    thinking = options.template_flag if config.reasoning == "template" else None
    messages = Messages(context.root)

    def fits() -> None:
        check_files(config)
        if config.adapter:
            check_adapter_for(config)

    image_tokens = cache(lambda: of_checkpoint(config))
    if not options.serve:
        if importlib.util.find_spec("vllm") is None:
            raise SpaceNumError(
                "backend 'vllm' with options.serve: false needs vLLM in the job's own environment, which hasn't it; "
                "use envs/vllm.yaml for the job, or options.serve: true and SPACENUM_VLLM=/path/to/vllm"
            )
        from spacenum.models.vllm_engine.in_process import InProcessVllm

        return InProcessVllm(
            checkpoint_of(config),
            arguments,
            lambda: image_plan(config),
            adapter,
            thinking,
            identity_of(config, options),
            messages,
            options.template_kwargs,
            options.thinking_budget,
            fits,
            image_tokens,
            reply_versions(VLLM),
        )
    from spacenum.models.vllm_engine.served import ServedVllm

    return ServedVllm(
        command=command_of(os.environ),
        checkpoint=checkpoint_of(config),
        arguments=arguments,
        images=lambda: image_plan(config),
        adapter=adapter,
        thinking=thinking,
        identity=identity_of(config, options),
        machine=machine,
        messages=messages,
        logs=context.root / "logs/vllm",
        template=options.template_kwargs,
        budget=options.thinking_budget,
        fits=fits,
        image_tokens=image_tokens,
        versions=served_versions(command_of(os.environ)[0]),
    )


def served_versions(program: str) -> dict[str, str]:
    """The versions in the environment of a ``vllm`` that is run as a program; none if it isn't in a Python
    environment's ``bin`` (a container): they are unknown then."""
    found = released(beside(shutil.which(program) or program, [*READERS, VLLM]))
    return found if VLLM in found else {}


def image_plan(config: ModelConfig) -> ImagePlan:
    """How images are kept within the budget in vLLM: by the checkpoint's processor, as in transformers, if that can be
    told. Reads files of the checkpoint; SpaceNumError if they can't be had."""
    if config.pixel_budget is None:
        return ImagePlan()
    if model_type(config) == "ovis2_5":  # in vLLM 0.32 its processor ignores min_pixels and max_pixels
        return ImagePlan(shrink=config.pixel_budget)
    return ImagePlan(image_arguments(image_settings(config), config.pixel_budget))


def identity_of(config: ModelConfig, options: VllmOptions) -> dict[str, str]:
    """What determines a reply, known before anything is loaded."""
    return {
        "backend": "vllm",
        **identity(config),
        "dtype": config.dtype,
        "pixel_budget": str(config.pixel_budget or ""),
        **({"images": IMAGES} if config.pixel_budget else {}),
        "reasoning": config.reasoning,
        "options": json.dumps(options.model_dump(mode="json"), sort_keys=True),
        **thought_identity(config),
    }
