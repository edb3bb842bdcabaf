"""Written numbers against true ones: the line through them, and its points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from spacenum.asking.base import ModelInfo
from spacenum.core.arrays import Array
from spacenum.items.schema import CELLS
from spacenum.scoring.number_line import number_line
from spacenum.scoring.open_rows import OpenRow
from spacenum.tables.base import columns, percent

NUMBER_LINE_COLUMNS = columns(
    "model kind cell unit numbers written slope low high intercept spread favourite favourite_share distinct"
    " distinct_true"
)
TOLD_COLUMNS = columns("model kind cell unit true n mean lowest highest")
ScoresByModel = Mapping[ModelInfo, Sequence[OpenRow]]


def number_line_table(scores: ScoresByModel) -> pd.DataFrame:
    """One row per model and Space2Num cell: written numbers against true ones (``scoring.number_line``), in ``unit``.

    numbers: that were asked for, six for a box in 3D; written: of these, the readable ones, from which all else is.
    distinct, distinct_true: different numbers among the written ones, and among the true ones; favourite: the most
    frequent of the written, favourite_share: its percent.
    """
    rows = []
    for who, told in _cells(scores):
        kept = told.dropna(subset="written")
        line = number_line(kept["written"], kept["true"], kept["scene"].tolist())
        row = who | {"numbers": len(told), "written": len(kept), "distinct_true": told["true"].nunique()}
        if line is not None:
            low, high = line.slope_interval or (None, None)
            row |= {"slope": _digits(line.slope), "low": _digits(low), "high": _digits(high)}
            row |= {"intercept": _digits(line.intercept), "spread": _digits(line.spread), "distinct": line.distinct}
            row |= {"favourite": line.favourite, "favourite_share": percent(line.favourite_share)}
        rows.append(row)
    return pd.DataFrame(rows, columns=NUMBER_LINE_COLUMNS)


def told_table(scores: ScoresByModel) -> pd.DataFrame:
    """One row per model, Space2Num cell and true number: the mean of what is written for it, and its range."""
    rows = [
        who | {"true": true, "n": len(y), "mean": _digits(y.mean()), "lowest": y.min(), "highest": y.max()}
        for who, told in _cells(scores)
        for true, y in told.dropna(subset="written").groupby("true")["written"]
    ]
    return pd.DataFrame(rows, columns=TOLD_COLUMNS)


def _cells(scores: ScoresByModel) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Who was asked what, and a row a number: written (NaN if unread), true, scene."""
    for info, rows in scores.items():
        for cell in CELLS:
            members = [row for row in rows if row.cell == cell]
            if members:
                who = {"model": info.name, "kind": info.kind, "cell": cell, "unit": members[0].unit}
                yield who, pd.concat([_numbers(row) for row in members], ignore_index=True)


def _numbers(row: OpenRow) -> pd.DataFrame:
    written: Array = np.asarray(row.answers)
    return pd.DataFrame({"written": written, "true": row.truths, "scene": row.scene})


def _digits(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
