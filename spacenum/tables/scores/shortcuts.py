"""Models between guessing, the best shortcut and the ideal observer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.shortcuts import shortcuts_table

    return shortcuts_table(scores)


TABLE = ScoreTable(
    caption="Where every model stands between guessing, the best shortcut (an answer without what the item is to test) "
    "and the ideal observer (a calibrated eye, right by construction), with a paired test against the shortcut that is "
    "clustered by scene and corrected for many.",
    make=make,
)
