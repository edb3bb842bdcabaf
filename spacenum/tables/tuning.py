"""What tuning changes: each tuned model against its base, on the same items of the benchmark."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spacenum.items.schema import CELLS, SETTINGS, TASKS
from spacenum.tables.base import ModelScores
from spacenum.tables.paired import paired_table
from spacenum.tables.settings import TunedPair

ROWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "transfer": ("cell", tuple(cell for cell in CELLS if cell.startswith("layout."))),
    "mixture": ("group", ("all", *SETTINGS)),
    "grpo": ("group", (*SETTINGS, *TASKS)),
}
"""For each experiment, what its rows are called, and which there are (as in Figures 7a and 7b, and Table 3)."""
RECIPE = {"mixture": ["train_size", "transition_percent"]}
"""Columns about the recipe that an experiment compares by."""


def tuning_table(experiment: str, pairs: Sequence[TunedPair], scores: Sequence[ModelScores]) -> pd.DataFrame:
    """Change by tuning, in points (tuned minus base); accuracies in percent.

    recipe: what the base was tuned on, and, for GRPO, by which reward; for mixtures also its size and share of transitions. low, high: 95% interval, paired and clustered by
    scene. n: items. A group is the plain mean over its cells, and is there if all of them ran under both.
    """
    by_name = {model.info.name: model for model in scores}
    column, wanted = ROWS[experiment]
    columns = [
        "model",
        "recipe",
        *RECIPE.get(experiment, []),
        column,
        "base",
        "tuned",
        "difference",
        "low",
        "high",
        "n",
    ]
    tables = []
    for pair in pairs:
        base = by_name[pair.base]
        found = paired_table([base], [ModelScores(base.info, by_name[pair.tuned].rows)]).set_index("scope")
        chosen = found.reindex([scope for scope in wanted if scope in found.index]).rename_axis(column).reset_index()
        about = {"recipe": pair.condition, "train_size": pair.train_size, "transition_percent": pair.transition_percent}
        tables.append(chosen.assign(**about).rename(columns={"changed": "tuned"})[columns])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
