"""Numbers that models write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.asking.base import ModelInfo
    from spacenum.scoring.open_rows import OpenRow


def make(scores: Mapping[ModelInfo, Sequence[OpenRow]]) -> pd.DataFrame:
    from spacenum.tables.modes import open_table

    return open_table(scores)


TABLE = ScoreTable(
    caption="Numbers that models write instead of letters: how far from the truth, how many within a step, how "
    "many readable.",
    make=make,
    modes="open",
)
