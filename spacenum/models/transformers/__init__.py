"""Checkpoints on this machine, through transformers: those of known families the fast way, all others the stock way."""

from __future__ import annotations

import os

from spacenum.asking.base import Context
from spacenum.asking.chat import ChatModel
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.machine import from_environment
from spacenum.models.checkpoints import model_type, require
from spacenum.models.transformers.settings import LocalMachine, options_of


def check(config: ModelConfig) -> None:
    """SpaceNumError if the options of the model's file aren't this backend's."""
    options_of(config)


def load(config: ModelConfig, context: Context) -> ChatModel:
    """The model of a file with ``backend: transformers``. Weights are read with the first question; which way it goes
    follows from the checkpoint's config.json, unless options.path says so.

    SpaceNumError if PyTorch or transformers is missing, or the file asks for what can't be.
    """
    require(config)
    from spacenum.models.transformers.engine import TransformersEngine
    from spacenum.models.transformers.families import FAMILIES
    from spacenum.models.transformers.stock import StockEngine

    options = options_of(config)
    machine = from_environment(LocalMachine, "SPACENUM_", os.environ)
    try:
        fast = options.path == "fast" or (options.path is None and model_type(config) in FAMILIES)
    except SpaceNumError:  # out of reach: a known family's kept replies can be read, and loading says what is wrong
        fast = True
    return (TransformersEngine if fast else StockEngine)(config, options, machine, context.root)
