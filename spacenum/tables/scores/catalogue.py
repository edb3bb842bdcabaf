"""The tables of scores that there are: one module each."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.catalogue import constant_of, modules_with
from spacenum.tables.scores.base import ScoreTable

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of all tables of scores."""
    return [path.stem for path in modules_with(FOLDER, "TABLE")]


def table_file(name: str) -> Path:
    """The module of a table."""
    return FOLDER / f"{name}.py"


def score_table(name: str) -> ScoreTable:
    """The table of that name, which must be one of ``names()``."""
    found: ScoreTable = constant_of(f"spacenum.tables.scores.{name}", "TABLE")
    return found
