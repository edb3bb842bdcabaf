"""What a claim is: a sentence of the paper, a statement about numbers, and how these follow from a study.

A statement holds if some numbers are all above 0; so its test is the least significant of theirs (an intersection-union
test, Berger 1982), which needs no correction for their count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from spacenum.claims.measures import Measure, Number

Verdict = Literal["reproduced", "not reproduced", "uninformative", "cannot tell"]


class Rule(Protocol):
    """What a number must be for a statement to hold. stake: a number that the margin follows."""

    def parts(self, number: Number, stake: Number | None) -> Sequence[Number]:
        """What must be above 0."""

    def holds(self, value: float, stake: float | None) -> bool:
        """Whether a number without an interval agrees."""


@dataclass(frozen=True)
class Above:
    """The number is larger than ``bound``."""

    bound: float = 0.0

    def parts(self, number: Number, stake: Number | None) -> Sequence[Number]:
        return [number.shifted(-self.bound)]

    def holds(self, value: float, stake: float | None) -> bool:
        return value > self.bound


@dataclass(frozen=True)
class Below:
    """The number is smaller than ``bound``."""

    bound: float

    def parts(self, number: Number, stake: Number | None) -> Sequence[Number]:
        return [number.times(-1).shifted(self.bound)]

    def holds(self, value: float, stake: float | None) -> bool:
        return value < self.bound


@dataclass(frozen=True)
class WithinShare:
    """The number is no farther from 0 than a share of the stake: of the skill that could be lost."""

    share: float

    def parts(self, number: Number, stake: Number | None) -> Sequence[Number]:
        assert stake is not None, "a share of something"
        margin = stake.times(self.share)
        return [margin.plus(number, -1.0), margin.plus(number)]

    def holds(self, value: float, stake: float | None) -> bool:
        return stake is not None and abs(value) < self.share * stake


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the paper.

    id: stable, for other tools. says: the paper. statement: what each of ``numbers`` must be. unit: of the numbers.
    items: which items give them. published: the paper's own, in the order of ``numbers``, None if it gives none;
    published_stake: its own stake; source: where both stand. no_skill: the statement is that models lack skill, which
    guessing must satisfy. signed_by_model: whether some models' answers raise the number and others' lower it.
    """

    id: str
    says: str
    statement: str
    rule: Rule
    numbers: tuple[Measure, ...]
    items: str
    published: Callable[[], Sequence[float]] | None
    source: str
    stake: Measure | None = None
    published_stake: Callable[[], float] | None = None
    unit: str = "points"
    no_skill: bool = False
    signed_by_model: bool = False

    def published_satisfies(self) -> bool | None:
        """Whether the paper's own numbers satisfy the statement; None if it gives none."""
        if self.published is None:
            return None
        stake = self.published_stake() if self.published_stake else None
        return all(self.rule.holds(value, stake) for value in self.published())
