"""The paper's numbers, as the repository keeps them in ``published/``."""

from __future__ import annotations

import pandas as pd

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT

FOLDER = PROJECT / "published"


def read_published(name: str) -> pd.DataFrame:
    """One of the published tables, by its file name without ``.csv``; ``published/README.md`` describes each."""
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in FOLDER.glob("*.csv")))
        raise SpaceNumError(f"{path}: no such published table; there are {names}")
    return pd.read_csv(path)


def published_items_per_cell() -> dict[str, int]:
    """How many items each of the 20 cells has in the paper, from its Figure 2."""
    sizes = read_published("fig2_statistics")
    result = {}
    for setting, group, scale, n in sizes[["setting", "group", "scale", "benchmark_per_task"]].itertuples(index=False):
        for task in ("num2space", "space2num"):
            result[".".join([setting, task, group] + ([scale] if setting == "layout" else []))] = int(n)
    return result
