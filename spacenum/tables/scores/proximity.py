"""How close answers in transitions come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.detail import proximity_table

    return proximity_table(scores)


TABLE = ScoreTable(
    caption="How close answers in transitions come to the truth, beside guessing and always taking a middle value.",
    make=make,
)
