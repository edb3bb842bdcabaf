"""Hold the claims against a study: one table of verdicts, one of the items that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spacenum.claims.base import Claim, Verdict
from spacenum.claims.judge import DRAWS, IDEAL_DRAWS, Judged, judge, pass_rates
from spacenum.claims.measures import CannotTellError, Number
from spacenum.claims.panel import StudyResults
from spacenum.scoring.statistics import LEVEL, holm
from spacenum.tables.base import columns

COLUMNS = columns(
    "claim scope says statement estimate low high margin detectable truncation unit n scenes few_scenes p adjusted_p"
    " random_passes half_passes ideal_passes published published_satisfies published_source verdict reason items"
)
ITEM_COLUMNS = columns("claim item cell scene value")
ALL_VLMS = "all VLMs"
LEAST_MODELS, LEAST_FAMILIES = 5, 2
"""What "all VLMs" takes at least."""
MOST_PASSES = 20.0
"""Percent of draws; a statement that models without what it asserts satisfy more often says nothing."""


@dataclass(frozen=True)
class Checked:
    """verdicts: a row for each claim over all VLMs, and one for each VLM. carried_by: what each item gave to the number
    of the former."""

    verdicts: pd.DataFrame
    carried_by: pd.DataFrame


def check(claims: Sequence[Claim], study: StudyResults, seed: int = 0, draws: int = DRAWS) -> Checked:
    """Verdicts on the claims.

    estimate, low, high: of the number that agrees least with the statement, in ``unit``, with a 95% interval clustered
    by scene; over all VLMs each item counts with its mean over them, so that the interval is about other scenes and not
    about other models. margin: how far from 0 it may be, where that follows from the skill at stake. detectable: the
    smallest number that these scenes would show with 80% power. truncation: how far replies that were cut at their
    limit can move it; a verdict must hold wherever in this range it lies. p: that the numbers agree with the statement,
    or that they don't; adjusted_p: by Holm over the claims of a scope. random_passes, half_passes, ideal_passes:
    percent of simulated draws in which models that guess, know half, or know all satisfy the statement on these items.
    """
    scopes = [(ALL_VLMS, study), *((one.name, study.of([k])) for k, one in enumerate(study.subjects))]
    tables = [_scope(claims, scope, part) for scope, part in scopes]
    verdicts = pd.concat([table for table, _ in tables], ignore_index=True)
    verdicts = verdicts.merge(_controls(claims, study, seed, draws), on=["claim", "scope"], how="left")
    carried = [_carried(claim, tables[0][1].get(claim.id), study) for claim in claims]
    order = {claim.id: k for k, claim in enumerate(claims)}
    ordered = verdicts.sort_values("claim", key=lambda ids: ids.map(order), kind="stable", ignore_index=True)
    rows: list[dict[str, Any]] = ordered.to_dict("records")  # type: ignore[assignment]
    ordered = pd.DataFrame([_uninformative(row, claims[order[row["claim"]]]) for row in rows])
    table = ordered.reindex(columns=COLUMNS).astype({"n": "Int64", "scenes": "Int64"})
    return Checked(table, pd.concat(carried, ignore_index=True) if carried else pd.DataFrame(columns=ITEM_COLUMNS))


def _scope(claims: Sequence[Claim], scope: str, study: StudyResults) -> tuple[pd.DataFrame, dict[str, Number]]:
    """The rows of one scope, and the number behind each."""
    rows: list[dict[str, Any]] = []
    judged: dict[str, Judged] = {}
    for claim in claims:
        row = _about(claim) | {"scope": scope}
        try:
            if not study.subjects:
                raise CannotTellError("no VLM was run")
            judged[claim.id] = judge(claim, study)
            row |= _numbers(judged[claim.id])
        except CannotTellError as why:
            row |= {"verdict": "cannot tell", "reason": str(why)}
        rows.append(row)
    adjusted = dict(zip(judged, holm([one.p for one in judged.values()]), strict=True))
    for row in rows:
        if row["claim"] in judged:
            row |= _verdict(judged[row["claim"]], float(adjusted[row["claim"]]), row["unit"])
            row |= _too_few(study) if scope == ALL_VLMS else {}
    return pd.DataFrame(rows), {name: one.number for name, one in judged.items()}


def _about(claim: Claim) -> dict[str, Any]:
    published = claim.published() if claim.published else None
    worst = None if published is None else published[0] if len(published) == 1 else max(published, key=abs)
    return {
        "claim": claim.id,
        "says": claim.says,
        "statement": claim.statement,
        "unit": claim.unit,
        "published": None if worst is None else round(worst, 2) + 0.0,
        "published_satisfies": claim.published_satisfies(),
        "published_source": claim.source,
        "items": claim.items,
    }


def _numbers(judged: Judged) -> dict[str, Any]:
    found = judged.estimate
    named = {"estimate": found.value, "low": found.low, "high": found.high, "detectable": found.detectable}
    points = {name: None if value is None else round(100 * value, 2) + 0.0 for name, value in named.items()}
    return points | {
        "margin": None if judged.margin is None else round(judged.margin, 2),
        "truncation": round(judged.truncation, 2),
        "n": int(judged.number.known.sum()),
        "scenes": found.clusters,
        "few_scenes": found.few_clusters,
        "p": float(f"{judged.p:.4g}"),
    }


def _verdict(judged: Judged, adjusted: float, unit: str) -> dict[str, Any]:
    verdict: Verdict = "cannot tell"
    reason = None
    if adjusted <= 1 - LEVEL:
        verdict = "reproduced" if judged.agrees else "not reproduced"
    elif judged.p > 1 - LEVEL >= judged.open_p:
        reason = f"replies cut at their limit can move the estimate by {judged.truncation:.2g} {unit}"
    else:
        reason = "the interval allows both" if judged.p > 1 - LEVEL else "not sure enough among so many claims"
    return {"adjusted_p": float(f"{adjusted:.4g}"), "verdict": verdict, "reason": reason}


def _too_few(study: StudyResults) -> dict[str, Any]:
    """What replaces a verdict over too few models to speak of VLMs."""
    families = {one.family or one.name for one in study.subjects}
    if len(study.subjects) >= LEAST_MODELS and len(families) >= LEAST_FAMILIES:
        return {}
    told = f"{len(study.subjects)} of {len(families)} {'family' if len(families) == 1 else 'families'} were run"
    needed = f"a statement about VLMs takes at least {LEAST_MODELS} of {LEAST_FAMILIES} families"
    return {"verdict": "cannot tell", "reason": f"{needed}; {told}"}


def _controls(claims: Sequence[Claim], study: StudyResults, seed: int, draws: int) -> pd.DataFrame:
    """How often models without, with half and with all of the skill satisfy each claim, as many as the study has.
    No rows without draws."""
    names = ["random_passes", "half_passes", "ideal_passes"]
    asked = claims if study.subjects and draws else []
    rates = []
    for number, (skill, count) in enumerate(((0.0, draws), (0.5, draws), (1.0, min(draws, IDEAL_DRAWS)))):
        chosen = [claim for claim in asked if claim.no_skill or skill != 0.5]
        rates.append(pass_rates(chosen, study, skill, np.random.default_rng([seed, number]), count))
    rows = [
        {"claim": claim.id, "scope": ALL_VLMS}
        | {n: of[claim.id] for n, of in zip(names, rates, strict=True) if claim.id in of}
        for claim in asked
    ]
    return pd.DataFrame(rows, columns=["claim", "scope", *names]).round(1)


def _uninformative(row: dict[str, Any], claim: Claim) -> dict[str, Any]:
    """The row, without its verdict if models without what the claim asserts pass too."""
    control, who = ("half_passes", "know half of the answers") if claim.no_skill else ("random_passes", "guess")
    if row["verdict"] == "reproduced" and row["scope"] == ALL_VLMS and row.get(control, 0) > MOST_PASSES:
        reason = f"models that {who} satisfy the statement in {row[control]:g}% of simulations on these items"
        return row | {"verdict": "uninformative", "reason": reason}
    return row


def _carried(claim: Claim, number: Number | None, study: StudyResults) -> pd.DataFrame:
    """What each item gives: the plain mean over cells of the mean value is the estimate. The largest first."""
    if number is None:
        return pd.DataFrame(columns=ITEM_COLUMNS)
    known = np.flatnonzero(number.known)
    groups = len(np.unique(number.groups[known]))
    items, whole = number.items, number.items is study.items and not number.groups.any()
    table = pd.DataFrame(
        {
            "claim": claim.id,
            "item": [items.ids[k] for k in known],
            "cell": ["all" if whole else items.cells[items.cell[k]] for k in known],
            "scene": [items.scenes[items.scene[k]] for k in known],
            "value": (number.values[known] * groups).round(4) + 0.0,
        }
    )
    order = table.assign(size=table["value"].abs()).sort_values(["size", "item"], ascending=[False, True])
    return table.loc[order.index, ITEM_COLUMNS]
