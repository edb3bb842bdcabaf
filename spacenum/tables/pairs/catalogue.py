"""The paired experiments that there are."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.catalogue import constant_of, modules_with
from spacenum.core.errors import ConfigError
from spacenum.tables.pairs.base import PairedExperiment

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of all paired experiments."""
    return [path.stem for path in modules_with(FOLDER, "PAIRED")]


def paired_file(name: str) -> Path:
    """The module of a paired experiment."""
    return FOLDER / f"{name}.py"


def paired_experiment(name: str) -> PairedExperiment:
    """The paired experiment of that name; SpaceNumError names those that there are."""
    if name not in names():
        raise ConfigError("paired", f"names '{name}'; there are {', '.join(names())}")
    found: PairedExperiment = constant_of(f"spacenum.tables.pairs.{name}", "PAIRED")
    return found
