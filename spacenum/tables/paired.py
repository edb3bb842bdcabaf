"""One model under two conditions on the same items: a variant against the base, reasoning against letters alone, one
task against the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import cohens_kappa

from spacenum.items.schema import CELLS, LETTERS, SETTINGS, TASKS, cells_of
from spacenum.scoring.accuracy import SCOPES, accuracy, by_cell, chance, shares_of, weightings_of
from spacenum.scoring.paired import compare
from spacenum.scoring.rows import ScoreRow
from spacenum.tables.base import ModelScores, columns, percent
from spacenum.tables.tested import adjusted, tested

COLUMNS = columns(
    "model kind scope weighting n clusters few_clusters base changed chance difference low high detectable"
    " clustered_p exact_p adjusted_p adjustment base_unread changed_unread same_letter kappa"
)
TOTALS: dict[str, tuple[str, ...]] = SCOPES | {
    f"{setting}.{task}": cells_of(setting, task) for setting in SETTINGS for task in TASKS
}
"""All 20 cells, those of a setting, of a task, and of a task of a setting."""


def paired_table(base: Iterable[ModelScores], changed: Iterable[ModelScores]) -> pd.DataFrame:
    """What a change does, in points (changed minus base), on the items that both have, by cell and in total.

    scope: a cell, or a total, if all of its cells ran under both, with a row for each weighting (``accuracy.Average``;
    a cell's is "items"). base, changed, chance: accuracies in percent. low, high, clustered_p, detectable (points at
    80% power): paired, clustered by scene. exact_p: McNemar's test over items. adjusted_p: of clustered_p, by Holm over
    the table's totals of one weighting and by Benjamini-Hochberg over its cells. same_letter: share of items, of those
    read under both, for which the same letter was chosen; kappa: the same beyond what the letters' frequencies give by
    chance. These two and exact_p are of items, whatever the weighting.
    """
    second = {model.info.name: model for model in changed}
    table: list[dict[str, Any]] = []
    for first in base:
        rows = second[first.info.name].rows if first.info.name in second else []
        wanted = {row.item for row in rows}
        before = by_cell(row for row in first.rows if row.item in wanted)
        after = by_cell(rows)
        for scope in (*TOTALS, *CELLS):
            cells = TOTALS.get(scope, (scope,))
            if all(cell in before and cell in after for cell in cells):
                pair = [[row for cell in cells for row in of[cell]] for of in (before, after)]
                table += _rows({"model": first.info.name, "kind": first.info.kind, "scope": scope}, *pair)
    return _table(table)


def asymmetry_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """Space2Num minus Num2Space, in the columns of ``paired_table``, where the base is Num2Space.

    Items pair that ask about the same thing: the same transition, or the same placement in the same dimension. scope is
    named after the Num2Space cell without its task ('transition.rotate_left_right'), or is a setting. References are
    left out, whose scores are known exactly, and shortcuts, which answer one task or both by the same rule.
    """
    table: list[dict[str, Any]] = []
    for model in (model for model in scores if model.info.kind not in ("reference", "shortcut")):
        both = {task: {_question(row, k): row for k, row in _numbered(model.rows, task)} for task in TASKS}
        shared = [key for key in both["num2space"] if key in both["space2num"]]
        groups: dict[str, list[tuple[ScoreRow, ScoreRow]]] = defaultdict(list)
        for key in shared:
            asked = both["num2space"][key]
            answered = replace(both["space2num"][key], item=asked.item, cell=asked.cell)
            groups[_cell(asked)].append((asked, answered))
        names = list(groups)
        for scope in (*SETTINGS, *names):
            members = [name for name in names if scope in (name, groups[name][0][0].setting)]
            if scope in SETTINGS and len(members) < len(TOTALS[f"{scope}.num2space"]):
                continue
            pairs = [pair for name in members for pair in groups[name]]
            before, after = [list(side) for side in zip(*pairs, strict=True)]
            table += _rows({"model": model.info.name, "kind": model.info.kind, "scope": scope}, before, after)
    return _table(table).drop(columns=["same_letter", "kappa"])


def _numbered(rows: Sequence[ScoreRow], task: str) -> Iterator[tuple[int, ScoreRow]]:
    """A task's rows, each with its place in its family: the k-th asks for the k-th magnitude or placement."""
    seen: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.task == task:
            yield seen[row.family], row
            seen[row.family] += 1


def _question(row: ScoreRow, place: int) -> tuple[str, str, int]:
    return _cell(row), row.family.removesuffix(f".{row.task}"), place


def _cell(row: ScoreRow) -> str:
    return row.cell.replace(f".{row.task}", "")


def _rows(about: dict[str, Any], before: list[ScoreRow], after: list[ScoreRow]) -> Iterator[dict[str, Any]]:
    """A row for each weighting of the cells that the pairs cover."""
    cells, others = by_cell(before), by_cell(after)
    same = {
        "base_unread": _without_letter(before),
        "changed_unread": _without_letter(after),
        **_agreement(before, after),
    }
    for weighting in weightings_of(cells):
        shares = shares_of({cell: len(rows) for cell, rows in cells.items()}, weighting)
        yield {
            **about,
            "weighting": weighting,
            **tested(compare(after, before, weighting)),
            "base": percent(sum(share * accuracy(cells[cell]) for cell, share in shares.items())),
            "changed": percent(sum(share * accuracy(others[cell]) for cell, share in shares.items())),
            "chance": percent(sum(share * chance(others[cell]) for cell, share in shares.items())),
            **same,
        }


def _without_letter(rows: Sequence[ScoreRow]) -> int:
    return sum(row.replies["unparsed"] + row.replies["truncated"] for row in rows)


def _agreement(before: Sequence[ScoreRow], after: Sequence[ScoreRow]) -> dict[str, float | None]:
    """How often single replies choose the same letter; kappa is undefined where one letter is all that was chosen."""
    others = {row.item: row.letter for row in after}
    pairs = [(row.letter, others[row.item]) for row in before if row.letter and others[row.item]]
    if not pairs:
        return {"same_letter": None, "kappa": None}
    counts = np.zeros((len(LETTERS), len(LETTERS)))
    for one, other in pairs:
        counts[LETTERS.index(one), LETTERS.index(other)] += 1
    constant = max(counts.sum(axis=0).max(), counts.sum(axis=1).max()) == len(pairs)
    kappa = None if constant else round(float(cohens_kappa(counts, return_results=False)), 4)
    return {"same_letter": percent(float(np.trace(counts)) / len(pairs)), "kappa": kappa}


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table, with p-values adjusted over its totals and over its cells."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    return adjusted(table, table["scope"].isin([*TOTALS]))
