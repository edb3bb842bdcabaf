"""Accuracy by cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.detail import cells_table

    return cells_table(scores)


TABLE = ScoreTable(
    caption="Accuracy (%) of every model in every cell, with intervals as if items were independent (Wilson) and "
    "clustered by scene, chance, the score of a constant letter, and the smallest difference that could "
    "have been shown.",
    make=make,
)
