"""The variants that there are: one module each."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.catalogue import constant_of, modules_with
from spacenum.core.errors import ConfigError
from spacenum.variants.base import Variant

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of all variants."""
    return [path.stem for path in modules_with(FOLDER, "VARIANT")]


def variant_file(name: str) -> Path:
    """The module of a variant."""
    return FOLDER / f"{name}.py"


def variant(name: str) -> Variant:
    """The variant of that name; SpaceNumError names those that there are."""
    if name not in names():
        raise ConfigError("variants", f"names '{name}'; there are {', '.join(names())}")
    found: Variant = constant_of(f"spacenum.variants.{name}", "VARIANT")
    return found
