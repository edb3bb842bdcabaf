"""What tuning changes: each tuned model against its base, on the same items of the benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spacenum.items.schema import SETTINGS, TASKS, cells_of
from spacenum.tables.base import ModelScores, columns
from spacenum.tables.detail import averages_table
from spacenum.tables.paired import paired_table
from spacenum.tables.settings import TunedPair

ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "transfer": ("cell", cells_of("layout")),
    "mixture": ("group", ("all", *SETTINGS)),
    "grpo": ("group", (*SETTINGS, *TASKS)),
}
"""For each experiment, what its rows are called, and which there are (as in Figures 7a and 7b, and Table 3)."""
COLUMNS = columns(
    "weighting base tuned difference low high n clusters few_clusters chance benchmark_layouts known_objects"
)
MORE = {
    "transfer": columns("dimensions"),
    "mixture": columns("train_size transition_percent tuned_low tuned_high"),
}
"""Columns that an experiment has beside those of all: what of the recipe it compares by,
and how sure the tuned accuracy is."""


def tuning_table(
    experiment: str,
    pairs: Sequence[TunedPair],
    scores: Sequence[ModelScores],
    known: Mapping[str, tuple[int, int]],
) -> pd.DataFrame:
    """Change by tuning, in points (tuned minus base); accuracies in percent.

    recipe: what the base was tuned on, and, for GRPO, by which reward; for transfer also the dimensions of its
    layouts, for mixtures its size and share of transitions, and the interval of the tuned accuracy
    (``detail.averages_table``). low, high: 95% interval of the difference, paired and clustered by scene
    (``few_clusters``: fewer than 20 in some stratum). n: items. A group is there if all of its cells ran under both,
    with a row for each weighting (``accuracy.Average``). benchmark_layouts, known_objects: of the recipe, as
    ``tuning.recipes.Summary`` says; ``known`` has both by recipe.
    """
    by_name = {model.info.name: model for model in scores}
    column, wanted = ROWS[experiment]
    names = ["model", "recipe", column, *COLUMNS, *MORE.get(experiment, [])]
    tables = []
    for pair in pairs:
        base, tuned = by_name[pair.base], by_name[pair.tuned]
        found = paired_table([base], [ModelScores(base.info, tuned.rows)])
        chosen = pd.concat([found[found["scope"] == scope] for scope in wanted]).set_index("scope")
        about: dict[str, Any] = {
            "recipe": pair.condition,
            "train_size": pair.train_size,
            "transition_percent": pair.transition_percent,
            "dimensions": " ".join(pair.dimensions),
        }
        about |= dict(zip(("benchmark_layouts", "known_objects"), known[pair.recipe], strict=True))
        sure = _certainty(tuned, chosen) if experiment == "mixture" else {}
        named = chosen.assign(**about, **sure).rename_axis(column).reset_index()
        tables.append(named.rename(columns={"changed": "tuned"})[names])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=names)


def _certainty(tuned: ModelScores, chosen: pd.DataFrame) -> dict[str, Any]:
    """The interval of a tuned model's mean, by scope and weighting."""
    means = averages_table([tuned]).set_index(["scope", "weighting"])
    found = means.reindex(pd.MultiIndex.from_arrays([chosen.index, chosen["weighting"]]))
    return {"tuned_low": found["low"].to_numpy(), "tuned_high": found["high"].to_numpy()}
