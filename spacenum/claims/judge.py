"""One claim held against one study: what its numbers are, and whether they satisfy the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spacenum.claims.base import Claim
from spacenum.claims.measures import CannotTellError, Number
from spacenum.claims.panel import StudyResults, simulated
from spacenum.claims.truncation import effects_of_truncation
from spacenum.scoring.statistics import LEVEL, ClusteredEstimate, clustered_difference

DRAWS, IDEAL_DRAWS = 200, 20


@dataclass(frozen=True)
class Judged:
    """number: the least favourable of the claim's; estimate: with its interval, in hundredths of the unit. margin: what
    it may be away from 0, in the unit, where that follows from the data. agrees: whether all estimates agree with the
    statement. p: of the agreement, or of the disagreement. truncation: how far replies that were cut at their limit can
    move a number, in the unit; open_p: p if they don't."""

    number: Number
    estimate: ClusteredEstimate
    margin: float | None
    agrees: bool
    p: float
    open_p: float
    truncation: float


def judge(claim: Claim, study: StudyResults) -> Judged:
    """The claim's numbers and test; CannotTellError says what is missing."""
    numbers = [measure(study) for measure in claim.numbers]
    stake = claim.stake(study) if claim.stake else None
    parts = [claim.rule.parts(number, stake) for number in numbers]
    every = [part for of_number in parts for part in of_number]
    unknown = effects_of_truncation(claim, study, [part.value for part in every])
    agrees = all(part.value > 0 for part in every)
    open_p = _p(every, agrees)
    worst = min(range(len(numbers)), key=lambda k: min(part.value for part in parts[k]))
    return Judged(
        number=numbers[worst],
        estimate=_tested(numbers[worst]),
        margin=abs(stake.value) * getattr(claim.rule, "share", 1.0) if stake else None,
        agrees=agrees,
        p=_p([part.shifted(-u if agrees else u) for part, u in zip(every, unknown, strict=True)], agrees),
        open_p=open_p,
        truncation=max(unknown),
    )


def _p(parts: Sequence[Number], agrees: bool) -> float:
    """That all are above 0: the largest p; that some is below: the smallest, by Bonferroni. 1 if they say otherwise."""
    tests = [_tested(part) for part in parts]
    if agrees:
        return max(test.p if test.value > 0 else 1.0 for test in tests)
    return min(1.0, len(tests) * min(test.p if test.value < 0 else 1.0 for test in tests))


def _tested(number: Number) -> ClusteredEstimate:
    found = clustered_difference(number.sample())
    if found is None:
        raise CannotTellError("a single scene shows no spread")
    return found


def pass_rates(
    claims: Sequence[Claim], study: StudyResults, skill: float, rng: np.random.Generator, draws: int = DRAWS
) -> dict[str, float]:
    """For each claim, the percent of draws in which models that know items with probability ``skill``, and else guess,
    satisfy it."""
    passed = dict.fromkeys((claim.id for claim in claims), 0)
    for _ in range(draws):
        drawn = simulated(study, skill, rng)
        for claim in claims:
            passed[claim.id] += _passes(claim, drawn)
    return {name: 100 * count / max(1, draws) for name, count in passed.items()}


def _passes(claim: Claim, study: StudyResults) -> bool:
    try:
        judged = judge(claim, study)
    except CannotTellError:
        return False
    return judged.agrees and judged.p <= 1 - LEVEL
