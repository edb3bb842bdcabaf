"""What a model's file says of vLLM, and what the machine says."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, JsonValue, ValidationError, field_validator

from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block, KeyedBlock
from spacenum.core.errors import SpaceNumError
from spacenum.core.machine import from_environment, gpu_gb

OURS = {
    *("model", "served_model_name", "revision", "dtype", "seed", "trust_remote_code", "max_model_len"),
    *(
        "reasoning_config",
        "reasoning_parser",
        "generation_config",
        "logprobs_mode",
        "max_logprobs",
        "enable_lora",
        "lora_modules",
        "max_lora_rank",
    ),
    *("host", "port", "api_key", "tensor_parallel_size", "gpu_memory_utilization"),
}
"""Engine arguments that follow from the rest of the model's file, or are the machine's."""
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM takes as max_lora_rank (vllm/config/lora.py, 0.32)."""


class VllmOptions(KeyedBlock):
    """``options`` of the backend ``vllm``; all of them are part of a reply's identity.

    serve: a server that the job starts and stops (vLLM may then live in an environment of its own), or the engine
    inside the job's process. template_flag: the chat template's variable that lets the model think, for
    ``reasoning: template``. template_kwargs: its other variables, the same for every question. thinking_budget: tokens
    after which a thought is ended in the words of thinking_end, of questions that may think; vLLM counts from
    ``<think>``. engine: vLLM's engine arguments that change replies, such as mm_processor_kwargs or quantization.
    """

    LATER: ClassVar[frozenset[str]] = frozenset({"template_kwargs", "thinking_budget", "thinking_end"})

    serve: bool = True
    max_model_len: int | None = Field(None, ge=1)
    trust_remote_code: bool = False
    template_flag: str = Field("enable_thinking", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    template_kwargs: dict[str, JsonValue] = Field({})
    thinking_budget: int | None = Field(None, ge=1)
    thinking_end: str = Field("</think>", min_length=1)
    engine: dict[str, JsonValue] = Field({})

    @field_validator("engine")
    @classmethod
    def _not_ours(cls, engine: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(OURS & engine.keys()):
            raise ValueError(f"{', '.join(taken)} can't be set here; docs/endpoints.md says where")
        return engine


class VllmMachine(Block):
    """Variables ``SPACENUM_VLLM_<NAME>``; nothing here changes a reply by more than the order of sums does.

    command: see ``command_of``. port: a free one if not given. args: more arguments for ``vllm serve``.
    start_timeout_s: until the server must be healthy. stop_s: what it gets to stop by itself.
    """

    tensor_parallel: int | None = Field(None, ge=1, le=64)
    gpu_memory: float = Field(0.9, gt=0, le=1)
    port: int | None = Field(None, ge=1, le=65535)
    concurrency: int = Field(64, ge=1, le=1024)
    timeout_s: float = Field(3600, gt=0)
    start_timeout_s: float = Field(1800, gt=0)
    stop_s: float = Field(20, ge=0)
    args: str = ""

    def words(self) -> list[str]:
        """``args`` as the words that they are."""
        return split(self.args, "SPACENUM_VLLM_ARGS")

    def gpus(self, config: ModelConfig, environment: Mapping[str, str]) -> int:
        """GPUs that share the model: as set, else as the job was given (SPACENUM_GPUS),
        else as the model's file says."""
        given = from_environment(_Gpus, "SPACENUM_", environment).gpus
        return max(1, self.tensor_parallel or given or config.gpu_count(gpu_gb(environment)))


class _Gpus(Block):
    gpus: int | None = Field(None, ge=0, le=64)


def machine_of(environment: Mapping[str, str]) -> VllmMachine:
    """What this machine's variables say."""
    return from_environment(VllmMachine, "SPACENUM_VLLM_", environment)


def command_of(environment: Mapping[str, str]) -> list[str]:
    """How ``vllm`` is run here: the words of SPACENUM_VLLM, such as the path to it in its own environment."""
    return split(environment.get("SPACENUM_VLLM", ""), "SPACENUM_VLLM") or ["vllm"]


def split(words: str, variable: str) -> list[str]:
    """Words as a shell splits them; SpaceNumError names the variable that they stand in."""
    try:
        return shlex.split(words)
    except ValueError as error:
        raise SpaceNumError(f"environment variable {variable}: not words of a command line ({error})") from None


class _AdapterConfig(Block, extra="ignore"):
    r: int = Field(ge=1, le=RANKS[-1])


def adapter_rank(adapter: Path) -> int:
    """The max_lora_rank that an adapter's folder needs."""
    path = adapter / "adapter_config.json"
    try:
        rank = _AdapterConfig.model_validate_json(path.read_text(encoding="utf-8")).r
    except OSError:
        raise SpaceNumError(f"{path}: no such file; 'adapter' in the model's file must name a LoRA's folder") from None
    except (ValidationError, UnicodeDecodeError):
        raise SpaceNumError(f"{path}: not the description of a LoRA adapter of a rank from 1 to {RANKS[-1]}") from None
    return next(known for known in RANKS if known >= rank)


def engine_arguments(
    config: ModelConfig, options: VllmOptions, machine: VllmMachine, gpus: int, adapter: Path | None
) -> dict[str, JsonValue]:
    """Arguments of vLLM's engine, by their Python names.

    generation_config "vllm": else a checkpoint's own defaults (a repetition penalty, a top-k) are added to the mode's.
    """
    arguments: dict[str, JsonValue] = {
        "dtype": config.dtype,
        "seed": 0,
        "generation_config": "vllm",
        "enable_prefix_caching": True,
        "tensor_parallel_size": gpus,
        "gpu_memory_utilization": machine.gpu_memory,
        "trust_remote_code": options.trust_remote_code,
    }
    if config.revision:
        arguments["revision"] = config.revision
    if options.max_model_len:
        arguments["max_model_len"] = options.max_model_len
    if options.thinking_budget:
        arguments["reasoning_config"] = {"reasoning_start_str": "<think>", "reasoning_end_str": options.thinking_end}
    if adapter:
        arguments |= {"enable_lora": True, "max_lora_rank": adapter_rank(adapter)}
    return arguments | options.engine


def with_images(arguments: Mapping[str, JsonValue], images: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """``arguments`` with what the image processor is told; what the model's file says of it (options.engine) holds."""
    own = arguments.get("mm_processor_kwargs") or {}
    assert isinstance(own, dict)
    told = {**images, **own}
    return {**arguments, **({"mm_processor_kwargs": told} if told else {})}


def template_variables(always: Mapping[str, JsonValue], flag: str | None, thinks: bool) -> dict[str, JsonValue]:
    """The chat template's variables for a question. always: those of every question. flag: the one that lets it
    think."""
    return dict(always) | ({flag: thinks} if flag else {})


def as_flags(arguments: Mapping[str, JsonValue]) -> list[str]:
    """The same arguments for the command line of ``vllm serve``."""
    flags: list[str] = []
    for name, value in arguments.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            flags.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            flags += [f"--{flag}", value if isinstance(value, str) else json.dumps(value)]
    return flags
