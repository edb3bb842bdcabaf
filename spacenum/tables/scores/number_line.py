"""The line through written and true numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.asking.base import ModelInfo
    from spacenum.scoring.open_rows import OpenRow


def make(scores: Mapping[ModelInfo, Sequence[OpenRow]]) -> pd.DataFrame:
    from spacenum.tables.number_line import number_line_table

    return number_line_table(scores)


TABLE = ScoreTable(
    caption="What models write against what is true: slope, intercept and spread of the line through them, and the "
    "number that is written most often.",
    make=make,
    modes="open",
)
