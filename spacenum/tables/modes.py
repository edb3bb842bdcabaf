"""Tables that only some modes have: what the order of the options does, and how far off written numbers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spacenum.asking.base import ModelInfo
from spacenum.items.schema import CELLS, LETTERS
from spacenum.scoring.accuracy import accuracy, by_cell
from spacenum.scoring.open_answers import score_open
from spacenum.scoring.open_rows import OpenRow
from spacenum.scoring.rows import NO_LETTER, ScoreRow
from spacenum.tables.base import ModelScores, columns, percent

POSITION_COLUMNS = columns(
    "model kind scope n replies read share_A share_B share_C share_D bias consistency consistency_chance accuracy"
)
OPEN_COLUMNS = columns(
    "model kind cell unit n written unparsed truncated signed_error absolute_error "
    "within_one_step mean_relative_accuracy"
)


def positions_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """What the order of the options does, in percent: one row per model and cell, and over all cells with four options.

    share_…: of the readable replies, how many chose what stood under this letter; with every order asked, 100/k each if
    the place means nothing. bias: half the sum of their distances from that; 0 is none, 75 always the same letter of
    four. consistency: items whose replies all chose the same option; consistency_chance: if each were drawn at random.
    """
    table = [row for model in scores for row in _positions(model)]
    return pd.DataFrame(table, columns=POSITION_COLUMNS)


def _positions(model: ModelScores) -> Iterator[dict[str, Any]]:
    asked = [row for row in model.rows if row.outcome == "several"]
    scopes = {"four_options": [row for row in asked if row.n_options == 4], **by_cell(asked)}
    for scope, rows in scopes.items():
        if rows:
            yield {"model": model.info.name, "kind": model.info.kind, "scope": scope, **_position(rows)}


def _position(rows: Sequence[ScoreRow]) -> dict[str, Any]:
    k, shown = rows[0].n_options, Counter(mark for row in rows for mark in row.shown or "")
    read = sum(count for mark, count in shown.items() if mark not in NO_LETTER)
    shares = {letter: shown[letter] / read if read else None for letter in LETTERS[:k]}
    same = [len(set(row.chosen or "")) == 1 and (row.chosen or "")[0] not in NO_LETTER for row in rows]
    guess = [k ** (1.0 - len(row.chosen or "")) for row in rows]
    return {
        "n": len(rows),
        "replies": shown.total(),
        "read": read,
        **{f"share_{letter}": percent(share) for letter, share in shares.items()},
        "bias": percent(
            sum(abs(share - 1 / k) for share in shares.values() if share is not None) / 2 if read else None
        ),
        "consistency": percent(float(np.mean(same))),
        "consistency_chance": percent(float(np.mean(guess))),
        "accuracy": percent(accuracy(rows)),
    }


def open_table(scores: Mapping[ModelInfo, Sequence[OpenRow]]) -> pd.DataFrame:
    """How far off written numbers are: one row per model and Space2Num cell.

    signed_error, absolute_error: mean over the numbers that could be parsed, in ``unit`` (layouts: of single
    coordinates, in the map's unit). within_one_step, mean_relative_accuracy: percent of all numbers, unparsed ones
    counting as wrong; a step is 0.2 m, 10 degrees, or 0.1 in maps. Relative accuracy has no meaning for
    coordinates, which may be 0: empty.
    """
    return pd.DataFrame([row for info, rows in scores.items() for row in _open(info, rows)], columns=OPEN_COLUMNS)


def _open(info: ModelInfo, rows: Sequence[OpenRow]) -> Iterator[dict[str, Any]]:
    for cell in CELLS:
        members = [row for row in rows if row.cell == cell]
        if not members:
            continue
        outcomes = Counter(row.outcome for row in members)
        answers, truths = (np.concatenate([getattr(row, name) for row in members]) for name in ("answers", "truths"))
        result = score_open(answers, truths, members[0].step)
        yield {
            "model": info.name,
            "kind": info.kind,
            "cell": cell,
            "unit": members[0].unit,
            "n": len(members),
            **{outcome: outcomes[outcome] for outcome in ("written", "unparsed", "truncated")},
            "signed_error": _digits(result.signed_error),
            "absolute_error": _digits(result.absolute_error),
            "within_one_step": percent(result.within_one_step),
            "mean_relative_accuracy": percent(result.mean_relative_accuracy) if members[0].unit != "map" else None,
        }


def _digits(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
