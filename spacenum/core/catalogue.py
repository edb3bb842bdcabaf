"""Modules that are found by the constant that they define, so that another one needs no entry in a list."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def modules_with(folder: Path, constant: str, pattern: str = "*.py") -> tuple[Path, ...]:
    """The modules in ``folder`` that define ``constant``; found by their text, so that none is imported."""
    paths = sorted(folder.glob(pattern))
    return tuple(path for path in paths if f"\n{constant} = " in path.read_text(encoding="utf-8"))
