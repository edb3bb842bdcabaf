"""The figures that there are: one module each."""

from __future__ import annotations

from pathlib import Path

from paper_figures.base import PaperFigure
from spacenum.core.catalogue import constant_of, modules_with

FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Names of all figures."""
    return tuple(path.stem for path in modules_with(FOLDER, "FIGURE"))


def figure_file(name: str) -> Path:
    """The module of a figure."""
    return FOLDER / f"{name}.py"


def figure(name: str) -> PaperFigure:
    """The figure of that name."""
    found: PaperFigure = constant_of(f"paper_figures.{name}", "FIGURE")
    return found
