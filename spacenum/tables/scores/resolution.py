"""Thresholds of two-choice questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.resolution import resolution_table

    return resolution_table(scores)


TABLE = ScoreTable(
    caption="How finely models tell numbers apart: the separation of two options at which they are right in 75%, "
    "in metres, degrees or units of the map, and as a share of the numbers (Weber fraction), with 95% "
    "intervals clustered by scene.",
    make=make,
    variant="pairs",
)
