"""Other benchmarks' items: counts and intervals for each model and protocol, and a tuned model against its base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from spacenum.asking.base import ModelInfo
from spacenum.external.base import PROTOCOLS, Protocol
from spacenum.external.settings import AskedSet
from spacenum.items.schema import CELLS, Letter
from spacenum.scoring.paired import compare
from spacenum.scoring.rows import NO_LETTER, ScoreRow
from spacenum.scoring.statistics import holm, sign_flip_exact, wilson
from spacenum.tables.base import columns, percent

COLUMNS = columns(
    "model kind benchmark protocol scope n replies unread correct accuracy low high chance replies_right as_published"
    " base base_correct base_accuracy difference difference_low difference_high clusters gained lost exact_test"
    " exact_p adjusted_p"
)
MEAN_OF_CELLS = "mean_of_cells"


@dataclass(frozen=True)
class ExternalScores:
    """One model's score rows of one set of items."""

    info: ModelInfo
    asked: AskedSet
    rows: Sequence[ScoreRow]

    @property
    def protocol(self) -> Protocol:
        return PROTOCOLS[self.asked.protocol or "direct"]


def external_table(scores: Sequence[ExternalScores], compared_with: Mapping[str, str]) -> pd.DataFrame:
    """A row for each model, set of items and scope: all items, and each cell where there are several.

    correct: items, by the protocol's own count; with repeats the sum of each item's share of right replies. low, high:
    Wilson's 95% interval of accuracy (all items independent). chance: of a guess at every reply by itself.
    replies_right: share of single replies. as_published: accuracy if replies that can't be read counted as the letter
    that the benchmark's own script takes for them; empty for protocols without such a rule. base …: the model that this
    one is ``compared_with``, on the same items; difference in points with its 95% interval clustered by image
    (``clusters`` of them), gained and lost: items that this one, or its base, has right more often; exact_p: of items,
    McNemar's test, and with several replies to an item the sign-flip test of their means
    (``statistics.sign_flip_exact``), which is the same where there is one; adjusted_p: by Holm over the table's rows of
    all items.
    """
    found = {(model.info.name, model.asked.variant): model for model in scores}
    table = []
    for model in scores:
        base = found.get((compared_with.get(model.info.name, ""), model.asked.variant))
        for scope, cells in _scopes(model.rows):
            rows, others = ([_judged(row, of.protocol, scope) for row in of.rows if row.cell in cells] if of else []
                            for of in (model, base))  # fmt: skip
            who = {"model": model.info.name, "kind": model.info.kind, "benchmark": model.asked.benchmark}
            who |= {"protocol": model.asked.protocol or "as_imported", "scope": scope}
            table.append(who | _counted(rows, model.protocol) | _against(rows, others, base))
        if {row.cell for row in model.rows} == set(CELLS):
            means = [np.mean([row.score for row in model.rows if row.cell == cell]) for cell in CELLS]
            chances = [np.mean([row.chance for row in model.rows if row.cell == cell]) for cell in CELLS]
            table.append(
                who
                | {"scope": MEAN_OF_CELLS, "n": len(model.rows), "accuracy": percent(float(np.mean(means)))}
                | {"chance": percent(float(np.mean(chances)))}
            )
    return _adjusted(pd.DataFrame(table, columns=COLUMNS))


def delta_table(table: pd.DataFrame) -> pd.DataFrame:
    """The paper's Table 4: change in points on all items, a row for each benchmark and protocol, a column for each
    model that has a base; only those two columns if none has."""
    paired = table[(table["scope"] == "all") & table["base"].notna()]
    wide = paired.pivot(index=["benchmark", "protocol"], columns="model", values="difference")
    order = pd.MultiIndex.from_frame(paired[["benchmark", "protocol"]].drop_duplicates())
    return (
        wide.reindex(index=order, columns=list(dict.fromkeys(paired["model"]))).reset_index().rename_axis(columns=None)
    )


def _scopes(rows: Sequence[ScoreRow]) -> Iterator[tuple[str, set[str]]]:
    cells = dict.fromkeys(row.cell for row in rows)
    if cells:
        yield "all", set(cells)
    if len(cells) > 1:
        yield from ((cell, {cell}) for cell in cells)


def _judged(row: ScoreRow, protocol: Protocol, scope: str) -> ScoreRow:
    """The row as its protocol counts it: where every order is asked, right only if every reply is, guesses likewise.
    ``chosen`` still holds the replies, so that the row is none of those that are read and checked."""
    changed: dict[str, Any] = {"cell": scope}
    if protocol.every_order:
        right = row.outcome == "several" and set(row.chosen or "") == {row.truth}
        changed |= {"score": float(right), "outcome": "right" if right else "wrong"}
        changed |= {"chance": row.chance**row.n_options}
    counted = copy(row)
    for name, value in changed.items():
        object.__setattr__(counted, name, value)
    return counted


def _counted(rows: Sequence[ScoreRow], protocol: Protocol) -> dict[str, Any]:
    correct = round(sum(row.score for row in rows), 6)
    low, high = wilson(correct, len(rows))
    replies = [_replies(row) for row in rows]
    said = sum(map(len, replies))
    right = sum(letter == row.truth for row, given in zip(rows, replies, strict=True) for letter in given)
    return {
        "n": len(rows),
        "replies": said,
        "unread": sum(letter in NO_LETTER for given in replies for letter in given),
        "correct": round(correct, 2),
        "accuracy": percent(correct / len(rows)),
        "low": percent(low),
        "high": percent(high),
        "chance": percent(sum(row.chance for row in rows) / len(rows)),
        "replies_right": percent(right / said) if said else None,
        "as_published": _as_published(rows, replies, protocol.unparsed_as),
    }


def _replies(row: ScoreRow) -> str:
    """A letter or mark for each reply behind a row; none behind an expectation."""
    if row.outcome == "expected":
        return ""
    if row.chosen is not None:
        return row.chosen
    return row.letter or next(mark for mark, outcome in NO_LETTER.items() if outcome == row.outcome)


def _as_published(rows: Sequence[ScoreRow], replies: Sequence[str], unparsed_as: Letter | None) -> float | None:
    if unparsed_as is None or not all(replies):
        return None
    shares = [
        sum((unparsed_as if letter in NO_LETTER else letter) == row.truth for letter in given) / len(given)
        for row, given in zip(rows, replies, strict=True)
    ]
    return percent(sum(shares) / len(shares))


def _against(rows: Sequence[ScoreRow], others: Sequence[ScoreRow], base: ExternalScores | None) -> dict[str, Any]:
    """The columns of a pair; none without a base that was asked the same."""
    if base is None:
        return {}
    result = compare(rows, others)
    known, found = {row.item: row.score for row in others}, result.difference
    gains = [row.score - known[row.item] for row in rows]
    exact = {"exact_test": "mcnemar", "exact_p": result.exact_p}
    if result.exact_p is None and not any(row.outcome == "expected" for row in (*rows, *others)):
        exact = {"exact_test": "sign_flip", "exact_p": sign_flip_exact(gains)}
    counted = exact["exact_p"] is not None
    return {
        "base": base.info.name,
        "base_correct": round(sum(known.values()), 2),
        "base_accuracy": percent(sum(known.values()) / len(known)),
        "difference": percent(sum(gains) / len(gains)),
        "difference_low": percent(found.low if found else None),
        "difference_high": percent(found.high if found else None),
        "clusters": found.clusters if found else 1,
        "gained": sum(gain > 0 for gain in gains) if counted else None,
        "lost": sum(gain < 0 for gain in gains) if counted else None,
        **exact,
    }


def _adjusted(table: pd.DataFrame) -> pd.DataFrame:
    """With p-values of four significant digits, more of which would differ between machines; counts stay whole."""
    p = table["exact_p"].astype(float)
    chosen = p.notna() & (table["scope"] == "all")
    corrected = pd.Series(float("nan"), index=table.index)
    if chosen.any():
        corrected[chosen] = holm(p[chosen].to_numpy())
    counts = {name: table[name].astype("Int64") for name in ("n", "replies", "unread", "clusters", "gained", "lost")}
    return table.assign(exact_p=p.map(_digits), adjusted_p=corrected.map(_digits), **counts)


def _digits(p: float) -> float:
    return float(f"{p:.4g}")
