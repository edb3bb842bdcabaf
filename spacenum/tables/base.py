"""What all tables share: a model's scores, names of columns, numbers as text, and how a table is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from spacenum.asking.base import ModelInfo
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import write_text
from spacenum.scoring.rows import ScoreRow


@dataclass(frozen=True)
class ModelScores:
    """A model and its score rows of both settings, all of one mode and one variant."""

    info: ModelInfo
    rows: list[ScoreRow]

    def __post_init__(self) -> None:
        for item, times in Counter(row.item for row in self.rows).items():
            if times > 1:
                raise SpaceNumError(f"model {self.info.name} has {times} scores of item {item}; give each file once")


def check_names(scores: Iterable[ModelScores]) -> None:
    """SpaceNumError if two models bear one name, which would make their rows indistinguishable."""
    for name, times in Counter(model.info.name for model in scores).items():
        if times > 1:
            raise SpaceNumError(f"{times} models are named {name}; give each a name of its own")


def columns(names: str) -> list[str]:
    """Names of columns, written with spaces between; tables without rows need them too."""
    return names.split()


def percent(fraction: float | None) -> float | None:
    """Percent with two decimals, which a cell of 400 items needs; None stays None.

    Rounded twice, lest the last bit of a sum decide between 50.62 and 50.63; adding 0.0 turns -0.0 into 0.0.
    """
    return None if fraction is None else round(round(100 * fraction, 9), 2) + 0.0


def to_csv(table: pd.DataFrame) -> str:
    """CSV text with stable bytes; what is missing is an empty field."""
    return table.to_csv(index=False, float_format="%.10g", lineterminator="\n")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, atomically."""
    write_text(path, to_csv(table))
