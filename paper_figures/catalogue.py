"""The figures that there are: one module each."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from paper_figures.base import PaperFigure

FOLDER = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """Names of all figures."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.py") if "\nFIGURE = " in path.read_text(encoding="utf-8")))


def figure_file(name: str) -> Path:
    """The module of a figure."""
    return FOLDER / f"{name}.py"


def figure(name: str) -> PaperFigure:
    """The figure of that name."""
    found: PaperFigure = importlib.import_module(f"paper_figures.{name}").FIGURE
    return found
