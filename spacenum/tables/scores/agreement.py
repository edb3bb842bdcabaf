"""Agreement between people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.agreement import agreement_table

    return agreement_table(scores)


TABLE = ScoreTable(
    caption="How far people who answered the same items agree (Krippendorff's alpha), and how long they took.",
    make=make,
    kind="human",
)
