"""Adapters: where they sit, and how they are written."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model

from spacenum.asking.settings import ModelConfig
from spacenum.core.machine import from_environment
from spacenum.core.provenance import atomic_folder
from spacenum.models.transformers.loading import Loaded, load
from spacenum.models.transformers.settings import LocalMachine, options_of

TARGETS = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""The linear layers of the language model; a list of suffixes would also find the vision tower's."""


def load_base(config: ModelConfig) -> Loaded:
    """The base model on this process's device, in the precision of its file."""
    machine = from_environment(LocalMachine, "SPACENUM_", os.environ)
    rank = os.environ.get("LOCAL_RANK")
    if rank is not None and torch.cuda.is_available():
        torch.cuda.set_device(int(rank))
    options = options_of(config).model_copy(update={"compile": False})
    return load(config, options, machine.model_copy(update={"gpus": min(machine.gpus, 1)}))


def with_lora(loaded: Loaded, rank: int, alpha: int, dropout: float = 0.0) -> tuple[Loaded, PeftModel]:
    """The base with a fresh adapter, all else frozen. The weights of ``loaded`` are changed in place."""
    settings = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=dropout, bias="none", target_modules=TARGETS)
    tuned = get_peft_model(loaded.model, settings)
    assert not any("lora" in name and "language_model" not in name for name, _ in tuned.named_parameters())
    return replace(loaded, model=tuned.base_model.model), tuned


def write_adapter(folder: Path, tuned: Any, checkpoint: str) -> None:
    """Write adapter_model.safetensors and adapter_config.json, both or neither."""
    with atomic_folder(folder) as temporary:
        tuned.peft_config["default"].base_model_name_or_path = checkpoint
        tuned.save_pretrained(temporary)
        (temporary / "README.md").unlink(missing_ok=True)  # peft's empty model card
