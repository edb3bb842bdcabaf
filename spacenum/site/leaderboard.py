"""The leaderboard: this study's models, and beside them the published rows, which are ranked apart because they were
asked other items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pandas as pd

from spacenum.asking.base import Kind
from spacenum.items.schema import CELLS, SETTINGS, TASKS, Cell
from spacenum.scoring.accuracy import averages, by_cell, score_cell
from spacenum.scoring.statistics import ClusteredEstimate, bounds
from spacenum.tables.base import ModelScores, percent
from spacenum.tables.main_table import unread_replies
from spacenum.tables.names import NAMES, short_name

KINDS: dict[Kind, str] = {
    "vlm": "Vision-language model.",
    "human": "People.",
    "demonstration": "A small model that this pipeline trained itself; it says nothing of large VLMs.",
    "baseline": "Computes its answer from the images; no vision-language model.",
    "shortcut": "Answers by a rule that leaves out what an item is to test.",
    "reference": "An end of the scale, such as guessing or an observer that knows the scene. It has no rank.",
}
SCOPES = ("all", *SETTINGS, *TASKS)


@dataclass(frozen=True, kw_only=True)
class Column:
    """key: a scope or a cell. view: which choice of columns shows it; "" if all do. link: what the gallery's filters
    say."""

    key: str
    title: str
    view: str
    link: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Value:
    """An accuracy in percent, with its 95% interval, if it has one with a width, and where its items are shown."""

    accuracy: float
    low: float | None = None
    high: float | None = None
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """A model. file: whether the page has its config file. values: by column, None where it was not run. size:
    parameters. unread: replies without a readable letter, of ``replies``."""

    name: str
    label: str
    kind: str
    ranked: bool
    file: bool
    values: Mapping[str, Value | None]
    size: str | None = None
    unread: int = 0
    replies: int = 0
    unread_link: str | None = None


def columns() -> list[Column]:
    """Averages, then the 20 cells."""
    return [
        Column(key="all", title="Average", view="", link={}),
        *(Column(key=name, title=NAMES[name], view="averages", link={"setting": name}) for name in SETTINGS),
        *(Column(key=name, title=NAMES[name], view="averages", link={"task": name}) for name in TASKS),
        *(Column(key=cell, title=short_name(cell), view=Cell.of(cell).setting, link={"cell": cell}) for cell in CELLS),
    ]


def own_rows(scores: Sequence[ModelScores], files: Collection[str]) -> list[BoardRow]:
    """This study's rows, the best first, references last. files: models whose files the page has."""
    rows = [_row(model, model.info.name in files) for model in scores]
    return sorted(rows, key=lambda row: (not row.ranked, -_first(row)))


def published_rows(table: pd.DataFrame) -> list[BoardRow]:
    """The paper's rows, the best first. table: as ``published_table`` gives it."""
    rows = []
    for record in table.to_dict("records"):
        name, guess = str(record["model"]), str(record["model"]) == "Random Guess"
        values = {key: _published(record, key) for key in SCOPES + CELLS}
        kind = "reference" if guess else "published"
        rows.append(BoardRow(name=name, label=name, kind=kind, ranked=not guess, file=False, values=values))
    return sorted(rows, key=lambda row: (not row.ranked, -_first(row)))


def _published(record: Mapping[object, object], key: str) -> Value | None:
    """A published accuracy; those of a setting or a task are the plain mean over its cells, as its average is."""
    if key in CELLS:
        return Value(accuracy=float(str(record[key])))
    if key == "all":
        return Value(accuracy=float(str(record["average"])))
    cells = [cell for cell in CELLS if key in (Cell.of(cell).setting, Cell.of(cell).task)]
    return Value(accuracy=sum(float(str(record[cell])) for cell in cells) / len(cells))


def _first(row: BoardRow) -> float:
    whole = row.values["all"]
    return whole.accuracy if whole else -1.0


def _row(model: ModelScores, file: bool) -> BoardRow:
    lost, replies = unread_replies(model)
    info = model.info
    return BoardRow(
        name=info.name,
        label=info.label,
        kind=info.kind,
        ranked=info.kind != "reference",
        file=file,
        values=_values(model),
        size=_size(info.parameters_b),
        unread=lost,
        replies=replies,
        unread_link=gallery_link(model=info.name, outcome="unparsed"),
    )


def _size(billions: float | None) -> str | None:
    """'8B' or '8.7M'."""
    if not billions:
        return None
    return f"{billions:g}B" if billions >= 1 else f"{1000 * billions:g}M"


def _values(model: ModelScores) -> dict[str, Value | None]:
    means = averages(model.rows)
    cells = {cell: score_cell(rows) for cell, rows in by_cell(model.rows).items()}
    found: dict[str, Value | None] = {}
    for column in columns():
        link = gallery_link(**column.link, model=model.info.name)
        mean, cell = means.get((column.key, "cells")), cells.get(column.key)
        if mean:
            found[column.key] = _value(mean.accuracy, mean.estimate, link)
        elif cell:
            found[column.key] = _value(cell.accuracy, cell.clustered, link)
        else:
            found[column.key] = None
    return found


def _value(accuracy: float, estimate: ClusteredEstimate | None, link: str) -> Value:
    low, high = bounds(estimate)
    shown = percent(accuracy)
    assert shown is not None
    low, high = percent(low), percent(high)
    return Value(accuracy=shown, link=link) if low == high else Value(accuracy=shown, low=low, high=high, link=link)


def gallery_link(**filters: str) -> str:
    """The gallery with some filters, as seen from the page."""
    return f"gallery/index.html#{urlencode(filters)}"
