"""Where models stand between guessing, the best shortcut and the ideal observer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from spacenum.items.schema import CELLS
from spacenum.scoring.accuracy import accuracy, by_cell, chance, mean_over_cells
from spacenum.scoring.paired import compare
from spacenum.scoring.rows import ScoreRow
from spacenum.tables.base import ModelScores, check_names, columns, percent
from spacenum.tables.paired import TOTALS
from spacenum.tables.tested import adjusted, tested

COLUMNS = columns(
    "model kind scope n chance shortcut shortcut_accuracy ideal accuracy share shortcut_share side difference low high"
    " detectable clusters few_clusters clustered_p exact_p adjusted_p adjustment"
)
IDEAL, GUESSING = "ideal_observer", "chance"
RowsByCell = Mapping[str, Sequence[ScoreRow]]


def shortcuts_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """One row per model and scope: a cell, or a total (the plain mean over its cells, if all ran); references and
    shortcuts have no rows of their own. All numbers are over the items that the model was asked, in percent.

    shortcut: the best model of kind "shortcut" in the cell, or "chance" where none does better, with its accuracy; of a
    total, that of each cell, and "each cell's best" if it is not always the same. It is the best on these very items,
    so that a model that knows no more is rather below than above it. ideal: the model "ideal_observer".
    share, shortcut_share: how far from chance (0) to the ideal (100) the model and the shortcut come. difference:
    model minus shortcut in points; low, high, detectable (80% power) and clustered_p from the paired test clustered by
    scene; exact_p: McNemar's over items; adjusted_p: of clustered_p, by Holm over totals and Benjamini-Hochberg over
    cells. side: "above" or "below" the shortcut if the interval leaves out 0, else "neither".
    """
    models = list(scores)
    check_names(models)
    cells = {model.info.name: by_cell(model.rows) for model in models}
    rules = [model.info.name for model in models if model.info.kind == "shortcut"]
    shortcuts = {name: cells[name] for name in (GUESSING, *rules) if name in cells}
    rows = [
        {"model": model.info.name, "kind": model.info.kind} | row
        for model in models
        if model.info.kind not in ("reference", "shortcut")
        for row in _rows(cells[model.info.name], shortcuts, cells.get(IDEAL, {}))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return adjusted(table, table["scope"].isin([*TOTALS]))


def _rows(model: RowsByCell, shortcuts: Mapping[str, RowsByCell], ideal: RowsByCell) -> Iterator[dict[str, Any]]:
    best = {cell: found for cell, rows in model.items() if (found := _best(rows, shortcuts, cell))}
    perfect = {cell: _same_items(ideal[cell], rows) for cell, rows in model.items() if cell in ideal}
    for scope in (*TOTALS, *CELLS):
        inside = TOTALS.get(scope, (scope,))
        if set(inside) <= set(model):
            yield {"scope": scope} | _row(inside, model, best, perfect)


def _best(
    rows: Sequence[ScoreRow], shortcuts: Mapping[str, RowsByCell], cell: str
) -> tuple[str, list[ScoreRow]] | None:
    """The shortcut that scores most on the items of ``rows``, the first of several; None if none was asked them."""
    found = {name: _same_items(cells[cell], rows) for name, cells in shortcuts.items() if cell in cells}
    name = max(found, key=lambda one: accuracy(found[one]), default=None)
    return None if name is None else (name, found[name])


def _same_items(rows: Sequence[ScoreRow], asked: Sequence[ScoreRow]) -> list[ScoreRow]:
    wanted = {row.item for row in asked}
    return [row for row in rows if row.item in wanted]


def _row(
    inside: Sequence[str], model: RowsByCell, best: Mapping[str, tuple[str, list[ScoreRow]]], ideal: RowsByCell
) -> dict[str, Any]:
    rows = [row for cell in inside for row in model[cell]]
    guess = mean_over_cells({cell: chance(model[cell]) for cell in inside}, inside)
    known = mean_over_cells({cell: accuracy(model[cell]) for cell in inside}, inside)
    top = mean_over_cells({cell: accuracy(rows) for cell, rows in ideal.items()}, inside)
    row = {"n": len(rows), "chance": percent(guess), "ideal": percent(top), "accuracy": percent(known),
           "share": percent(_share(known, guess, top))}  # fmt: skip
    if not set(inside) <= set(best):
        return row
    names = {best[cell][0] for cell in inside}
    others = [other for cell in inside for other in best[cell][1]]
    reached = mean_over_cells({cell: accuracy(best[cell][1]) for cell in inside}, inside)
    difference = tested(compare(rows, others))
    return row | difference | {
        "shortcut": names.pop() if len(names) == 1 else "each cell's best",
        "shortcut_accuracy": percent(reached),
        "shortcut_share": percent(_share(reached, guess, top)),
        "side": _side(difference["low"], difference["high"]),
    }  # fmt: skip


def _share(reached: float | None, guess: float | None, top: float | None) -> float | None:
    if reached is None or guess is None or top is None or top <= guess:
        return None
    return (reached - guess) / (top - guess)


def _side(low: float | None, high: float | None) -> str | None:
    if low is None or high is None:
        return None
    return "above" if low > 0 else "below" if high < 0 else "neither"
