"""Checkpoints of the Qwen-VL, InternVL, Gemma-3 and Cosmos-Reason families, on this machine, through transformers."""

from __future__ import annotations

import os

from spacenum.asking.base import Context
from spacenum.asking.chat import ChatModel
from spacenum.asking.settings import ModelConfig
from spacenum.core.machine import from_environment
from spacenum.models.checkpoints import require
from spacenum.models.transformers.settings import LocalMachine, options_of


def check(config: ModelConfig) -> None:
    """SpaceNumError if the options of the model's file aren't this backend's."""
    options_of(config)


def load(config: ModelConfig, context: Context) -> ChatModel:
    """The model of a file with ``backend: transformers``. Weights are read with the first question.

    SpaceNumError if PyTorch or transformers is missing, or the file asks for what can't be.
    """
    require("transformers", "transformers", ["torch", "transformers"] + (["peft"] if config.adapter else []))
    from spacenum.models.transformers.engine import TransformersEngine

    machine = from_environment(LocalMachine, "SPACENUM_", os.environ)
    return TransformersEngine(config, options_of(config), machine, context.root)
