"""Backends by name."""

from __future__ import annotations

import importlib
from types import ModuleType

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError


def backend_of(model: str, config: ModelConfig) -> ModuleType:
    """The module that loads a model; SpaceNumError if there is none, or it needs a package that is not installed."""
    where = f"config/models/{model}.yaml, key 'backend': '{config.backend}'"
    try:
        return importlib.import_module(f"spacenum.models.{config.backend}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("spacenum."):
            raise SpaceNumError(f"{where} is no module of spacenum.models ({error})") from None
        raise SpaceNumError(f"{where} needs the Python package '{error.name}', which is not installed") from None
