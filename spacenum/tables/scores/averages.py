"""Means over cells, settings and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.detail import averages_table

    return averages_table(scores)


TABLE = ScoreTable(
    caption="Means over all cells, over a setting and over a task, by cells and by items, with intervals "
    "clustered by scene.",
    make=make,
)
