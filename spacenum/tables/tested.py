"""What tables of comparisons share: the columns of one test, and the correction for many."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spacenum.scoring.accuracy import few_scenes
from spacenum.scoring.paired import Comparison
from spacenum.scoring.statistics import benjamini_hochberg, holm
from spacenum.tables.base import percent


def tested(result: Comparison) -> dict[str, Any]:
    """The columns of one comparison, in points; clustered_p still unrounded, for ``adjusted``."""
    found = result.difference
    points = ("low", "high", "detectable")
    values = (found.low, found.high, found.detectable) if found else (None,) * 3
    return {
        "n": result.n,
        "clusters": result.scenes.total(),
        "few_clusters": few_scenes(result.scenes),
        "difference": percent(result.mean),
        **{name: percent(value) for name, value in zip(points, values, strict=True)},
        "clustered_p": found.p if found else None,
        "exact_p": _digits(result.exact_p),
    }


def adjusted(table: pd.DataFrame, total: pd.Series[bool]) -> pd.DataFrame:
    """The table with adjusted_p (Holm over the rows of ``total``, of one weighting where a table has several;
    Benjamini-Hochberg over the others), adjustment, and clustered_p rounded."""
    p = table["clustered_p"].astype(float)
    corrected = pd.Series(float("nan"), index=table.index)
    names = total.map({True: "holm", False: "bh"})
    by = [names, table["weighting"]] if "weighting" in table else [names]
    for family, rows in p.dropna().groupby(by):
        corrected[rows.index] = (holm if family[0] == "holm" else benjamini_hochberg)(rows.to_numpy())
    return table.assign(clustered_p=p.map(_digits), adjusted_p=corrected.map(_digits), adjustment=names)


def _digits(p: float | None) -> float | None:
    """Four significant digits: more would differ between machines."""
    return None if p is None else float(f"{p:.4g}")
