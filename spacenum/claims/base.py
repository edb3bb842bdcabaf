"""What a claim is: a sentence of the paper, a statement about a number, and how the number follows from scores.

Every number here is a mean over cells of means over items, of some value of each item; so its interval is one of scenes
(``spacenum.scoring.statistics.clustered_difference``), and the items that carry it can be named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from spacenum.scoring.accuracy import scene_of, stratum_of
from spacenum.scoring.rows import ScoreRow, read_rows

Verdict = Literal["reproduced", "not reproduced", "cannot tell"]
ScoresByCondition = Mapping[str, Mapping[str, Sequence[ScoreRow]]]
"""Score rows by condition ("base", a variant's name, "letters", "reasoning") and then by model."""


class CannotTellError(Exception):
    """Why a claim can't be judged from what was run."""


@dataclass(frozen=True)
class ClaimSubject:
    """A VLM that claims are about. family, parameters_b: as its file says; None if it doesn't."""

    name: str
    family: str | None
    parameters_b: float | None


@dataclass(frozen=True)
class Contribution:
    """What one item gives to a claim's number, the mean over cells of the mean value. scene: its cluster."""

    item: str
    cell: str
    scene: str
    stratum: str
    family: str
    value: float

    @classmethod
    def of(cls, row: ScoreRow, value: float, cell: str | None = None) -> Contribution:
        """That of a row's item, in its cell or in a larger group."""
        return cls(row.item, cell or row.cell, scene_of(row), stratum_of(row), row.family, value)


class Rule(Protocol):
    """What the interval must be for a statement to hold."""

    def verdict(self, low: float, high: float) -> Verdict: ...


@dataclass(frozen=True)
class Above:
    """The number is larger than ``bound``."""

    bound: float = 0.0

    def verdict(self, low: float, high: float) -> Verdict:
        return "reproduced" if low > self.bound else "not reproduced" if high <= self.bound else "cannot tell"


@dataclass(frozen=True)
class Below:
    """The number is smaller than ``bound``."""

    bound: float

    def verdict(self, low: float, high: float) -> Verdict:
        return "reproduced" if high < self.bound else "not reproduced" if low >= self.bound else "cannot tell"


@dataclass(frozen=True)
class Within:
    """The number lies within ``margin`` of 0: the whole interval does, not only the estimate."""

    margin: float

    def verdict(self, low: float, high: float) -> Verdict:
        if -self.margin <= low and high <= self.margin:
            return "reproduced"
        return "not reproduced" if low > self.margin or high < -self.margin else "cannot tell"


@dataclass(frozen=True)
class Claim:
    """A claim of the paper.

    id: stable, for other tools. says: the paper. statement: what its 95% interval must show. unit: of the number.
    rule: the statement as a rule, in that unit. measure: each item's contribution, averaged over the subjects; raises
    CannotTellError. items: which items those are. published: the paper's own number, None if it gives none; source:
    where it stands. signed_by_model: whether some models' answers raise the number and others' lower it.
    """

    id: str
    says: str
    statement: str
    rule: Rule
    measure: Callable[[ScoresByCondition, Sequence[ClaimSubject]], list[Contribution]]
    items: str
    published: Callable[[], float] | None
    source: str
    unit: str = "points"
    signed_by_model: bool = False


def scores_by_condition(files: Mapping[str, Sequence[Path]]) -> ScoresByCondition:
    """The rows of score files that are named '<condition>/<model>'."""
    found: dict[str, dict[str, list[ScoreRow]]] = defaultdict(dict)
    for name, paths in files.items():
        condition, _, model = name.partition("/")
        found[condition][model] = [row for path in paths for row in read_rows(path)]
    return found
