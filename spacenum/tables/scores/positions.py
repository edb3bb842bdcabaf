"""What the order of the options does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spacenum.tables.scores.base import ScoreTable

if TYPE_CHECKING:
    import pandas as pd

    from spacenum.tables.base import ModelScores


def make(scores: Sequence[ModelScores]) -> pd.DataFrame:
    from spacenum.tables.modes import positions_table

    return positions_table(scores)


TABLE = ScoreTable(
    caption="What the order of the options does (%): how often each letter is chosen with every order asked, and "
    "how many items get the same option in all orders.",
    make=make,
    modes="rotations",
)
