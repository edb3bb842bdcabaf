"""The two tasks against each other, on the same transitions and placements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spacenum.items.schema import SETTINGS
from spacenum.tables.pairs.base import PairedExperiment, Scored, StudyAnswers

if TYPE_CHECKING:
    from spacenum.tables.base import ModelScores


def _scores(study: StudyAnswers) -> tuple[list[Scored], list[Scored]]:
    """All scores of the first mode, once: the tasks stand side by side in the same files."""
    mode = study.modes[0]
    files = [
        Scored(name=model, model=model, mode=mode, setting=setting)
        for model in study.models
        for setting in SETTINGS
        if model in study.models_for(setting, mode)
    ]
    return files, []


def _table(base: Sequence[ModelScores], changed: Sequence[ModelScores]) -> Any:
    from spacenum.tables.paired import asymmetry_table  # a plan needs no pandas

    return asymmetry_table(base)


PAIRED = PairedExperiment(
    caption="Space2Num minus Num2Space on the same transitions and placements.", scores=_scores, table=_table
)
