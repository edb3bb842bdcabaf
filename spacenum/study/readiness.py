"""What a model's file takes for granted that this machine lacks: packages, a folder, a variable, GPUs."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping

from spacenum.asking.settings import ModelConfig
from spacenum.core.devices import gpus_seen
from spacenum.core.errors import SpaceNumError
from spacenum.models.checkpoints import checkpoint_of, is_folder, packages_lacking
from spacenum.study.plan import Plan

VARIABLES = ("base_url_env", "key_env")
"""Options that name an environment variable."""


def lacking(plan: Plan, gpus: Mapping[str, int]) -> dict[str, str]:
    """What is lacking, in words, by model; models that lack nothing have no entry. gpus: how many each takes."""
    here = gpus_seen() if any(gpus.values()) else 0
    found = {name: [*_lacking(config), *_too_few(gpus.get(name, 0), here)] for name, config in plan.askable.items()}
    return {name: "; ".join(said) for name, said in found.items() if said}


def without(config: ModelConfig) -> str:
    """What a model can't be asked without; empty if nothing is lacking. GPUs aren't among it: whether a backend goes on
    without them, it says itself."""
    return "; ".join(_lacking(config))


def _too_few(gpus: int, here: int) -> Iterator[str]:
    if gpus > here:
        wanted = f"takes {gpus} GPU{'s' if gpus > 1 else ''}"
        yield f"{wanted}, {here or 'none'} seen here (slowly without: SPACENUM_DEVICE=cpu)"


def _lacking(config: ModelConfig) -> Iterator[str]:
    if said := packages_lacking(config):
        yield said
    if config.checkpoint and not config.pretrained and is_folder(config.checkpoint):
        try:
            checkpoint_of(config)
        except SpaceNumError as error:
            yield str(error).removeprefix("model file, ")
    for option in VARIABLES:
        variable = config.options.get(option)
        if variable and not os.environ.get(str(variable)):
            yield f"the environment variable {variable}, which options.{option} names, isn't set"


def told(lacks: Mapping[str, str]) -> str | None:
    """One sentence for a plan."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name, said in lacks.items():
        alike[said].append(name)
    listed = [f"{', '.join(names)} ({said})" for said, names in alike.items()]
    return f"can't be asked on this machine as it is: {'; '.join(listed)}" if listed else None
