"""Weights, processor and adapter of a checkpoint, from the hub or a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.models.checkpoints import checkpoint_of, is_folder, pinned, plain_words
from spacenum.models.transformers.families import Architecture, family_of, image_arguments
from spacenum.models.transformers.fusing import fuse
from spacenum.models.transformers.settings import LocalMachine, TransformersOptions
from spacenum.models.transformers.vision import speed_up


@dataclass(frozen=True)
class Loaded:
    """A checkpoint in memory. image_arguments: arguments of its image processor beyond its own settings."""

    model: Any
    processor: Any
    family: Architecture
    image_arguments: dict[str, Any]
    device: torch.device


def load(config: ModelConfig, options: TransformersOptions, machine: LocalMachine) -> Loaded:
    """Everything that answering takes. SpaceNumError if it can't be had, or doesn't fit."""
    if options.compile and machine.gpus > 1:
        raise SpaceNumError(
            f"model file, key 'options.compile': a model that is spread over GPUs (here {machine.gpus}) "
            "can't be compiled; leave it out"
        )
    where: dict[str, Any] = {"revision": pinned(config).revision}
    checkpoint = checkpoint_of(config)
    if is_folder(checkpoint):
        checkpoint = str(Path(checkpoint).expanduser())
    with plain_words(config):
        family = family_of(AutoConfig.from_pretrained(checkpoint, **where).model_type, checkpoint)
        processor = load_processor(checkpoint, family, where)
        model = _weights(checkpoint, config, options, machine, where)
    if config.adapter:
        model = with_adapter(model, config.adapter)
    if family.packed_vision and options.attention == "sdpa":
        speed_up(model.model.visual)
    if options.compile:
        fuse(model)
    arguments = image_arguments(family, config.pixel_budget, processor.image_processor.size)
    return Loaded(model, processor, family, getattr(processor, "images_kwargs", {}) | arguments, model.device)


def _weights(
    checkpoint: str, config: ModelConfig, options: TransformersOptions, machine: LocalMachine, where: dict[str, Any]
) -> Any:
    device = device_of(machine)
    placed = {"device_map": "auto"} if device.type == "cuda" and machine.gpus > 1 else {}
    model: Any = AutoModelForImageTextToText.from_pretrained(
        checkpoint, dtype=getattr(torch, config.dtype), attn_implementation=options.attention, **placed, **where
    )
    return (model if placed else model.to(device)).eval()


def device_of(machine: LocalMachine) -> torch.device:
    """The CPU, or the first GPU that the job may see. SpaceNumError if it is to have more GPUs than PyTorch finds."""
    if machine.device == "cpu" or not machine.gpus:
        return torch.device("cpu")
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if found < machine.gpus:
        why = "" if torch.version.cuda else ", being built without CUDA"
        raise SpaceNumError(
            f"key 'gpus' of the model's file gives this job {machine.gpus}, but PyTorch finds {found} here{why}; run "
            "where there are enough, or answer on the CPU, slowly: export SPACENUM_DEVICE=cpu"
        )
    return torch.device("cuda")


def with_adapter(model: Any, adapter: str) -> Any:
    """``model`` with a LoRA adapter, a folder, merged into its weights. SpaceNumError if there is none."""
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, str(Path(adapter).expanduser())).merge_and_unload().eval()
    except (OSError, ValueError) as error:
        raise SpaceNumError(
            f"model file, key 'adapter': '{adapter}' can't be loaded onto this checkpoint "
            f"({str(error).splitlines()[0]})"
        ) from error


def load_processor(checkpoint: str, family: Architecture, where: dict[str, Any]) -> Any:
    """The checkpoint's processor without its video part, images read with Pillow.

    So torchvision isn't needed, and pixels are the same whether or not it is there.
    """
    images = AutoImageProcessor.from_pretrained(checkpoint, backend="pil", **where)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, padding_side="left", **where)
    kind = images_only(family)
    settings, _ = kind.get_processor_dict(checkpoint, **where)
    parts = {"image_processor": images, "tokenizer": tokenizer, "video_processor": None}
    return kind.from_args_and_dict([parts[name] for name in kind.get_attributes()], settings)


def images_only(family: Architecture) -> Any:
    """The family's processor class, contented with no video processor."""
    stock = getattr(transformers, family.processor)

    def check(self: Any, name: str, part: Any) -> Any:
        return None if part is None else stock.check_argument_for_proper_class(self, name, part)

    return type(stock.__name__, (stock,), {"check_argument_for_proper_class": check, "__init__": stock.__init__})
