"""How far people who answered the same items agree, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from spacenum.items.schema import CELLS, LETTERS
from spacenum.scoring.rows import ScoreRow
from spacenum.tables.base import ModelScores, columns, percent

AGREEMENT_COLUMNS = columns("model cell items answers agreement alpha seconds")
ALL = "all"


def agreement_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """One row for each model of kind "human" and cell, and for all of its cells.

    items, answers: answered items, and answers to them. agreement: percent of pairs of answers to one item that name
    the same option. alpha: Krippendorff's (nominal; 1 is perfect, 0 is what chance gives), empty where no item has two
    answers or all answers are alike. seconds: median over items of how long an answer took.
    """
    rows = [row for model in scores if model.info.kind == "human" for row in _rows(model)]
    return pd.DataFrame(rows, columns=AGREEMENT_COLUMNS)


def _rows(model: ModelScores) -> Iterator[dict[str, Any]]:
    cells = [(cell, [row for row in model.rows if row.cell == cell]) for cell in CELLS]
    for scope, rows in (*cells, (ALL, model.rows)):
        if rows:
            yield {"model": model.info.name, "cell": scope, **_of(rows)}


def _of(rows: Sequence[ScoreRow]) -> dict[str, Any]:
    chosen = [row.chosen or row.letter or "" for row in rows]
    pairs = [a == b for letters in chosen for a, b in combinations(letters, 2)]
    seconds = [row.seconds for row in rows if row.seconds is not None]
    alpha = krippendorff_alpha(chosen)
    return {
        "items": len(rows),
        "answers": sum(map(len, chosen)),
        "agreement": percent(float(np.mean(pairs))) if pairs else None,
        "alpha": None if alpha is None else round(alpha, 4),
        "seconds": round(float(np.median(seconds)), 1) if seconds else None,
    }


def krippendorff_alpha(chosen: Sequence[str]) -> float | None:
    """Nominal alpha (Krippendorff 2018, chapter 12) of the letters that each item was answered with; None where it
    isn't defined."""
    from krippendorff import alpha  # when a table is made: a study without people needs none of it

    counts = np.array([[letters.count(letter) for letter in LETTERS] for letters in chosen if len(letters) > 1])
    if not len(counts) or (counts.sum(axis=0) > 0).sum() < 2:
        return None
    return float(alpha(value_counts=counts, level_of_measurement="nominal"))
