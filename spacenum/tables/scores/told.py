"""Written numbers by the true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.asking.base import ModelInfo
    from spacenum.scoring.open_rows import OpenRow


def make(scores: Mapping[ModelInfo, Sequence[OpenRow]]) -> pd.DataFrame:
    from spacenum.tables.number_line import told_table

    return told_table(scores)


TABLE = ScoreTable(
    caption="What models write for each true number: the mean and the range.",
    make=make,
    modes="open",
)
