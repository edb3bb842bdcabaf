"""Score files, and the models that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from spacenum.asking.base import ModelInfo
from spacenum.scoring.open_rows import OpenRow, read_open_rows
from spacenum.scoring.rows import ScoreRow, read_rows
from spacenum.tables.base import ModelScores


def read_scores(models: Sequence[ModelInfo], paths: Mapping[str, Sequence[Path]]) -> list[ModelScores]:
    """Each model with the rows of all of its files, in the order of ``models``. paths: by the model's name."""
    scores = []
    for info in models:
        rows: list[ScoreRow] = [row for path in paths.get(info.name, []) for row in read_rows(path)]
        scores.append(ModelScores(info, rows))
    return scores


def read_open_scores(
    models: Sequence[ModelInfo], paths: Mapping[str, Sequence[Path]]
) -> dict[ModelInfo, list[OpenRow]]:
    """The same for the score files of open answers."""
    return {info: [row for path in paths.get(info.name, []) for row in read_open_rows(path)] for info in models}
