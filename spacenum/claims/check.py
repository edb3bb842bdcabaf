"""Hold the claims against scores: one table of verdicts, one of the items that carry them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spacenum.claims.base import CannotTellError, Claim, ClaimSubject, Contribution, ScoresByCondition
from spacenum.claims.truncation import effect_of_truncation
from spacenum.scoring.statistics import Sample, clustered_difference
from spacenum.tables.base import columns

COLUMNS = columns(
    "claim scope says statement estimate low high truncation unit n scenes few_scenes published "
    "published_source verdict reason items"
)
ITEM_COLUMNS = columns("claim item cell scene value")
ALL_VLMS = "all VLMs"


@dataclass(frozen=True)
class Checked:
    """verdicts: a row for each claim over all VLMs, and one for each VLM. carried_by:
    what each item gave to the former."""

    verdicts: pd.DataFrame
    carried_by: pd.DataFrame


def check(claims: Iterable[Claim], scores: ScoresByCondition, subjects: Sequence[ClaimSubject]) -> Checked:
    """Verdicts on the claims.

    estimate, low, high: in ``unit``, with a 95% interval clustered by scene;
    over all VLMs each item counts with its mean over them, so that the interval is about other scenes and not about
    other models. truncation: how far replies that were cut at their limit can move the estimate; a verdict must hold
    wherever in this range it lies. carried_by: the plain mean over cells of the mean value is the estimate.
    """
    rows, items = [], []
    for claim in claims:
        whole, contributions = _judge(claim, ALL_VLMS, scores, subjects)
        rows.append(whole)
        items += [{"claim": claim.id, **vars(one)} for one in contributions]
        rows += [_judge(claim, one.name, scores, [one])[0] for one in subjects]
    verdicts = pd.DataFrame(rows, columns=COLUMNS).astype({"n": "Int64", "scenes": "Int64"})
    return Checked(verdicts, _ordered(pd.DataFrame(items, columns=ITEM_COLUMNS)))


def _judge(
    claim: Claim, scope: str, scores: ScoresByCondition, subjects: Sequence[ClaimSubject]
) -> tuple[dict[str, Any], list[Contribution]]:
    row: dict[str, Any] = {
        "claim": claim.id,
        "scope": scope,
        "says": claim.says,
        "statement": claim.statement,
        "unit": claim.unit,
        "published": round(claim.published(), 2) if claim.published else None,
        "published_source": claim.source,
        "items": claim.items,
    }
    try:
        if not subjects:
            raise CannotTellError("no VLM was run")
        contributions = claim.measure(scores, subjects)
    except CannotTellError as why:
        return row | {"verdict": "cannot tell", "reason": str(why)}, []
    found = clustered_difference(_sample(contributions))
    row["n"] = len(contributions)
    if found is None:
        return row | {"verdict": "cannot tell", "reason": "a single scene shows no spread"}, contributions
    estimate, low, high = (100 * value for value in (found.value, found.low, found.high))
    unknown = effect_of_truncation(claim, scores, subjects)
    verdict = claim.rule.verdict(low - unknown, high + unknown)
    named = {"estimate": estimate, "low": low, "high": high, "truncation": unknown}
    spread = {name: round(value, 2) + 0.0 for name, value in named.items()}
    reason = None
    if verdict == "cannot tell":
        reason = "the interval allows both"
        if claim.rule.verdict(low, high) != verdict:
            reason = f"replies cut at their limit can move the estimate by {unknown:.2g} {claim.unit}"
    counts = {"scenes": found.clusters, "few_scenes": found.few_clusters}
    return row | spread | counts | {"verdict": verdict, "reason": reason}, contributions


def _sample(contributions: Sequence[Contribution]) -> Sample:
    return Sample(
        values=[one.value / 100 for one in contributions],
        cells=[one.cell for one in contributions],
        clusters=[one.scene for one in contributions],
        strata=[one.stratum for one in contributions],
        families=[one.family for one in contributions],
    )


def _ordered(items: pd.DataFrame) -> pd.DataFrame:
    """Rounded, and within each claim the largest contributions first."""
    rounded = items.assign(
        value=items["value"].astype(float).round(4), size=items["value"].astype(float).abs().round(4)
    )
    order = {claim: k for k, claim in enumerate(dict.fromkeys(items["claim"]))}
    rounded = rounded.assign(order=rounded["claim"].map(order))
    rounded = rounded.sort_values(["order", "size", "item"], ascending=[True, False, True], ignore_index=True)
    return rounded[ITEM_COLUMNS]
