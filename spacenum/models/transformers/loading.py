"""Weights, processor and adapter of a checkpoint, from the hub or a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.models.checkpoints import check_files, checkpoint_of, is_folder, model_type, pinned, plain_words
from spacenum.models.pixels import image_arguments
from spacenum.models.transformers.families import Architecture, family_of
from spacenum.models.transformers.fitting import check_report, check_values, misfit, with_adapter
from spacenum.models.transformers.fusing import fuse
from spacenum.models.transformers.processors import processor_class
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


def load(
    config: ModelConfig, options: TransformersOptions, machine: LocalMachine, family: Architecture | None = None
) -> Loaded:
    """Everything that answering takes. SpaceNumError if it can't be had, or doesn't fit.

    family: one of FAMILIES, as the checkpoint's config.json says, if it isn't given.
    """
    family = family or family_of(model_type(config), checkpoint_of(config))
    if options.compile and machine.gpus > 1:
        raise SpaceNumError(
            f"model file, key 'options.compile': a model that is spread over GPUs (here {machine.gpus}) "
            "can't be compiled; leave it out"
        )
    # Were it left out, transformers would ask on the terminal whether a checkpoint's own code may be run.
    where: dict[str, Any] = {"revision": pinned(config).revision, "trust_remote_code": False}
    check_files(config)
    checkpoint = checkpoint_of(config)
    if is_folder(checkpoint):
        checkpoint = str(Path(checkpoint).expanduser())
    with plain_words(config):
        processor = load_processor(checkpoint, family, where)
        arguments = image_arguments(processor.image_processor.to_dict(), config.pixel_budget)
        model = _weights(checkpoint, config, options, machine, where)
    if config.adapter:
        model = with_adapter(model, config)
    if family.packed_vision and options.attention == "sdpa":
        speed_up(model.model.visual)
    if options.compile:
        fuse(model)
    own = {key: value for key, value in getattr(processor, "images_kwargs", {}).items() if key != "return_tensors"}
    return Loaded(model, processor, family, own | arguments, model.device)


def _weights(
    checkpoint: str, config: ModelConfig, options: TransformersOptions, machine: LocalMachine, where: dict[str, Any]
) -> Any:
    device = device_of(machine)
    placed = {"device_map": "auto"} if device.type == "cuda" and machine.gpus > 1 else {}
    try:
        with misfit(checkpoint):
            loaded: Any = AutoModelForImageTextToText.from_pretrained(
                checkpoint,
                dtype=getattr(torch, config.dtype),
                attn_implementation=options.attention,
                output_loading_info=True,
                **placed,
                **where,
            )
    except ValueError as error:
        if "attention" not in str(error) and "attn" not in str(error):
            raise
        raise SpaceNumError(
            f"model file, key 'options.attention': this checkpoint can't have '{options.attention}' "
            f"({str(error).splitlines()[0]}); eager always works"
        ) from error
    model, report = loaded
    check_report(report, checkpoint, options.unread_weights)
    model = (model if placed else model.to(device)).eval()
    check_values(model, checkpoint)
    return model


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


def load_processor(checkpoint: str, family: Architecture, where: dict[str, Any]) -> Any:
    """The checkpoint's processor without its video and audio parts, images read with Pillow.

    So torchvision isn't needed, and pixels are the same whether or not it is there. SpaceNumError if the checkpoint has
    no chat template.
    """
    images = AutoImageProcessor.from_pretrained(checkpoint, backend="pil", **where)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, padding_side="left", **where)
    kind = processor_class(family.processor, checkpoint)
    settings, _ = kind.get_processor_dict(checkpoint, **where)
    parts = {"image_processor": images, "tokenizer": tokenizer}
    processor = kind.from_args_and_dict([parts.get(name) for name in kind.get_attributes()], settings)
    processor.chat_template = processor.chat_template or tokenizer.chat_template
    if not processor.chat_template:
        raise SpaceNumError(
            f"checkpoint '{checkpoint}' has no chat template, so that it can't be asked anything: is it a base model? "
            "Give the checkpoint that was tuned to follow instructions"
        )
    return processor
