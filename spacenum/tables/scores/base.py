"""What a table of scores is. A plan reads it, so modules that define one import pandas
only where they make the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from spacenum.asking.base import Kind
from spacenum.asking.modes import Mode

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ScoreTable:
    """A table with one or more rows a model, named after its module.

    caption: what it holds, as a report says it. make: scores to the table; they are a list of
    ``ModelScores``, or for open answers the ``OpenRow`` lists by ``ModelInfo``. modes: those that have it: all that are
    answered by a letter, of these only the ones that ask every order of the options, or those of open answers.
    variant: of the items whose scores it is made of; a study has the table if it has the variant, in the first mode.
    kind: of model that it is about; a study without one has no such table.
    """

    caption: str
    make: Callable[[Any], pd.DataFrame]
    modes: Literal["letters", "rotations", "open"] = "letters"
    variant: str = "base"
    kind: Kind | None = None

    @property
    def in_every_mode(self) -> bool:
        """Whether every mode with letters has it."""
        return self.modes == "letters" and self.variant == "base"

    def belongs_to(self, mode: Mode) -> bool:
        """Whether a mode has this table, made of base items."""
        if self.variant != "base":
            return False
        if self.modes == "open" or mode.format == "open":
            return self.modes == mode.format
        return self.modes == "letters" or mode.rotations
