"""What a paired experiment is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from spacenum.asking.settings import ModelConfig
from spacenum.items.schema import Setting

if TYPE_CHECKING:
    from spacenum.tables.base import ModelScores

Table = Callable[[Sequence["ModelScores"], Sequence["ModelScores"]], Any]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A score file of the base items. name: the model that its rows stand for in the table."""

    name: str
    model: str
    mode: str
    setting: Setting


class StudyAnswers(Protocol):
    """Who answers what in a study."""

    @property
    def modes(self) -> Sequence[str]: ...

    @property
    def models(self) -> Mapping[str, ModelConfig]: ...

    def models_for(self, setting: Setting, mode: str) -> list[str]:
        """Models that answer a setting in a mode."""
        ...


def paired(base: Sequence[ModelScores], changed: Sequence[ModelScores]) -> Any:
    """The rows of ``spacenum.tables.paired.paired_table``."""
    from spacenum.tables.paired import paired_table  # a plan needs no pandas

    return paired_table(base, changed)


@dataclass(frozen=True, kw_only=True)
class PairedExperiment:
    """Two conditions, compared item by item in ``results/tables/<module>.csv``.

    caption: what the table holds. scores: of a study, the score files under the first condition and under the second;
    two empty lists if it has none, and then there is no table. table: from both conditions' rows to a data frame.
    """

    caption: str
    scores: Callable[[StudyAnswers], tuple[list[Scored], list[Scored]]]
    table: Table = paired
