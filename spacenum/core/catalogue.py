"""Modules that are found by the constant that they define, so that another one needs no entry in a list."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError


@cache
def modules_with(folder: Path, constant: str, pattern: str = "*.py") -> tuple[Path, ...]:
    """The modules in ``folder`` that define ``constant``; found by their text, so that none is imported."""
    paths = sorted(folder.glob(pattern))
    return tuple(path for path in paths if f"\n{constant} = " in path.read_text(encoding="utf-8"))


def constant_of(module: str, constant: str) -> Any:
    """A module's constant. SpaceNumError if the module can't be read, as one that lacks a part of what it defines."""
    try:
        return getattr(importlib.import_module(module), constant)
    except (AttributeError, ImportError, SyntaxError, TypeError, ValueError) as error:
        raise SpaceNumError(
            f"{module.replace('.', '/')}.py: its {constant} can't be read ({error}); mend it there"
        ) from None
