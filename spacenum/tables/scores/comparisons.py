"""Every model against chance and against the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.comparisons import comparisons_table

    return comparisons_table(scores)


TABLE = ScoreTable(
    caption="Every model against chance and against each other on the same items: paired tests clustered by "
    "scene, exact tests over items, corrected for many.",
    make=make,
)
