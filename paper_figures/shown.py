"""Tables as figures take them: the chosen models, under the names that the paper gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spacenum.asking.base import ModelInfo

if TYPE_CHECKING:
    import pandas as pd

FAMILY = "family"
"""The kind of a row that stands for all models of a family."""


def tables_of(
    tables: Mapping[str, pd.DataFrame], models: Sequence[ModelInfo], chosen: Sequence[str] | None
) -> dict[str, pd.DataFrame]:
    """Tables with a column ``model`` show the ``chosen`` models in that order (all, if None), and families, under their
    titles, where no two share one; ``family`` and ``parameters_b`` say what is known of each."""
    titles = _titles(models)
    return {name: _shown(table, models, titles, chosen) for name, table in tables.items()}


def _titles(models: Sequence[ModelInfo]) -> dict[str, str]:
    shared = Counter(model.title for model in models)
    return {model.name: model.title for model in models if model.title and shared[model.title] == 1}


def _shown(
    table: pd.DataFrame, models: Sequence[ModelInfo], titles: Mapping[str, str], chosen: Sequence[str] | None
) -> pd.DataFrame:
    import pandas as pd  # when drawn: a plan needs none of it
    from pandas.api.types import is_numeric_dtype

    if "model" not in table:
        return table
    about = {model.name: model for model in models}
    names = [str(name) for name in table["model"]]
    known = [about.get(name, ModelInfo(name=name, kind="vlm")) for name in names]
    found = table.assign(
        family=pd.Series([info.family for info in known], index=table.index, dtype=object),
        parameters_b=pd.Series([info.parameters_b for info in known], index=table.index, dtype=float),
        model=[titles.get(name, name) for name in names],
    )
    if "base" in table and not is_numeric_dtype(table["base"]):  # a model's name, elsewhere an accuracy
        found = found.assign(base=table["base"].map(lambda name: titles.get(name, name), na_action="ignore"))
    if chosen is None:
        return found
    wanted = {name: k for k, name in enumerate(chosen)}
    kinds = table["kind"] if "kind" in table else [None] * len(names)
    last = len(wanted)
    places = [wanted.get(name, last if kind == FAMILY else -1) for name, kind in zip(names, kinds, strict=True)]
    placed = found.assign(place=places)
    return placed[placed["place"] >= 0].sort_values("place", kind="stable").drop(columns="place")
