"""Score files on a command line, as ``NAME=PATH``, and the models that they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from spacenum.asking.base import ModelInfo
from spacenum.scoring.open_rows import OpenRow, read_open_rows
from spacenum.scoring.rows import ScoreRow, read_rows
from spacenum.tables.base import ModelScores


def paths_by_model(arguments: Sequence[str]) -> dict[str, list[Path]]:
    """NAME=PATH arguments, several paths a name."""
    found: dict[str, list[Path]] = defaultdict(list)
    for argument in arguments:
        name, _, path = argument.partition("=")
        found[name].append(Path(path))
    return found


def read_scores(models: Sequence[ModelInfo], arguments: Sequence[str]) -> list[ModelScores]:
    """Each model with the rows of all of its files, in the order of ``models``."""
    paths = paths_by_model(arguments)
    scores = []
    for info in models:
        rows: list[ScoreRow] = [row for path in paths.get(info.name, []) for row in read_rows(path)]
        scores.append(ModelScores(info, rows))
    return scores


def read_open_scores(models: Sequence[ModelInfo], arguments: Sequence[str]) -> dict[ModelInfo, list[OpenRow]]:
    """The same for the score files of open answers."""
    paths = paths_by_model(arguments)
    return {info: [row for path in paths.get(info.name, []) for row in read_open_rows(path)] for info in models}
