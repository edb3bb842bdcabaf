"""Psychometric functions of two-choice questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.resolution import psychometric_table

    return psychometric_table(scores)


TABLE = ScoreTable(
    caption="Share of right answers to two-choice questions by how far the options are apart, and the fitted "
    "psychometric function.",
    make=make,
    variant="pairs",
)
