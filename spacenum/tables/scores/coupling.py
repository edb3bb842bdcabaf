"""What is wrong with wrong answers to layouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.detail import coupling_table

    return coupling_table(scores)


TABLE = ScoreTable(
    caption="What is wrong with wrong answers to layouts in which position and size vary, beside guessing.", make=make
)
