"""A study's tables as the report looks numbers up in them, and what of each it shows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew
from spacenum.items.schema import SETTINGS

MOST_ROWS = 20
"""Of an excerpt. The file has all."""
_INTEGER, _NUMBER = re.compile(r"-?\d+"), re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
FOUND = ("difference", "share", "accuracy", "proximity", "threshold", "slope")
"""Columns that hold what was found; the interval is of the first that a table has."""
INTERVAL = "interval"
_WHOLE = ("scope", "cell", "task", "group")
"""Columns that say of what part of the benchmark a row is."""
_P_VALUE = re.compile(r"p|(adjusted|clustered|exact|leak)_p")
_MEASURE = re.compile(
    r".+\..+|average.*|accuracy|.+_accuracy|base|changed|chance|guess|difference|low|high|share|proximity"
)
"""Columns of percent and points, which have a decimal place even if all of their numbers are whole."""
_LEFT_OUT = re.compile(
    r"kind|weighting|clusters|few_clusters|few_scenes|detectable.*|clustered_p|exact_.*|adjustment|wilson_.*|cluster_.*"
    r"|majority_letter|truncated|unparsed|.*_unread|same_letter|unit|normalised|benchmark_layouts|known_objects"
    r"|weber.*|design_effect|always_.*|smallest|largest|unclear|unlabelled|recipe|tuned_low|tuned_high|low|high|ideal|side"
    r"|shortcut|shortcut_share"
)
"""Columns that an excerpt has no room for."""


@dataclass(frozen=True)
class ReportTable:
    """A table whose fields are texts, as in its file. rows: by column."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]

    @staticmethod
    def of(rows: Iterable[Mapping[str, object]]) -> ReportTable:
        """Rows with the same keys; None becomes an empty field."""
        texts = [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
        return ReportTable([*texts[0]] if texts else [], texts)

    @staticmethod
    def read(path: Path) -> ReportTable:
        """The table of a CSV file; SpaceNumError if it has no head."""
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if not rows.fieldnames:
                raise SpaceNumError(f"{path}: has no columns; {anew(path)}")
            return ReportTable([*rows.fieldnames], [*rows])

    @cached_property
    def shown(self) -> list[dict[str, str]]:
        """The rows as they are printed: each column's numbers with the same decimal places."""
        columns = {name: _printed(name, [row[name] for row in self.rows]) for name in self.columns}
        return [{name: texts[k] for name, texts in columns.items()} for k in range(len(self.rows))]

    def json(self) -> dict[str, object]:
        """What templates look up in."""
        return {"rows": [*self.rows], "shown": self.shown}


def _printed(name: str, texts: Sequence[str]) -> list[str]:
    numbers = [float(text) for text in texts if _NUMBER.fullmatch(text)]
    if len(numbers) < len([*filter(None, texts)]):
        return [{"True": "yes", "False": "no"}.get(text, text) for text in texts]
    if _P_VALUE.fullmatch(name):
        return [_p_value(float(text)) if text else "" for text in texts]
    whole = not _MEASURE.fullmatch(name) and all(_INTEGER.fullmatch(text) for text in texts if text)
    places = 0 if whole else _places(max(map(abs, numbers), default=0.0))
    return [_minus(f"{float(text):,.{places}f}") if text else "" for text in texts]


def _places(largest: float) -> int:
    """Decimal places of a column whose largest number this is: percent and points have one."""
    return 1 if largest > 3 else 2


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _minus(text: str) -> str:
    return re.sub(r"^-(?=[\d,.]*[1-9])", "−", text).removeprefix("-")


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """What the report shows of a table. rows: as texts, in the order of ``columns``. total: rows of its file."""

    columns: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    total: int


def excerpt(table: ReportTable) -> Excerpt:
    """Rows about the whole of what was asked, by the mean over cells, and the columns that say what was found. Rows
    and columns that say nothing are left out; low and high become an interval."""
    chosen = [*_whole_rows(table)]
    rows = [{**table.shown[k], INTERVAL: _interval(table.shown[k])} for k in chosen]
    rows = [row for row in rows if not {*FOUND} & {*row} or any(row.get(name) for name in FOUND)][:MOST_ROWS]
    columns = [name for name in _columns(table) if any(row[name] for row in rows)]
    numeric = {name for name in table.columns if all(_NUMBER.fullmatch(row[name] or "0") for row in table.rows)}
    columns = [
        name for name in columns if name in {*numeric, INTERVAL} or len({row[name] for row in rows}) > (len(rows) > 1)
    ]
    return Excerpt(
        columns=[_head(name) for name in columns],
        numeric=[name in numeric | {INTERVAL} for name in columns],
        rows=[[row[name] for name in columns] for row in rows],
        total=len(table.rows),
    )


def _head(name: str) -> str:
    text = name.replace("_", " ")
    return text if text.startswith("n ") or text == "n" else text[:1].upper() + text[1:]


def _columns(table: ReportTable) -> list[str]:
    """Those that an excerpt may have, with the interval behind what it is of."""
    kept = [name for name in table.columns if not _LEFT_OUT.fullmatch(name)]
    place = next((kept.index(name) for name in FOUND if name in kept), len(kept) - 1)
    return [*kept[: place + 1], INTERVAL, *kept[place + 1 :]]


def _whole_rows(table: ReportTable) -> Iterable[int]:
    there = {name: {row[name] for row in table.rows} for name in table.columns}
    parts = [name for name in _WHOLE if name == "scope" or "all" in there.get(name, ())]
    for k, row in enumerate(table.rows):
        by_cells = "cells" not in there.get("weighting", ()) or row["weighting"] == "cells"
        if by_cells and all(row[name] in ("all", *SETTINGS) for name in parts if name in row):
            yield k


def _interval(row: Mapping[str, str]) -> str:
    return f"{row['low']} to {row['high']}" if row.get("low") and row.get("high") else ""


def paired(tables: Mapping[str, ReportTable]) -> ReportTable:
    """Tables of paired experiments as one: the totals of each, under its name."""
    wanted = ("model", "scope", "n", "base", "changed", "difference", "low", "high", "adjusted_p")
    return ReportTable.of(
        {"experiment": name, **{column: table.rows[k][column] for column in wanted}}
        for name, table in tables.items()
        for k in _whole_rows(table)
    )


def is_paired(table: ReportTable) -> bool:
    """Whether a table compares answers of the same models under two conditions."""
    return {"base", "changed", "difference", "scope"} <= {*table.columns}


def candidates(table: ReportTable) -> ReportTable:
    """What became of candidate frames, over all groups: a coverage table in short."""
    counts: dict[tuple[str, str], int] = {}
    for row in table.rows:
        key = (row["setting"], row["outcome"])
        counts[key] = counts.get(key, 0) + int(row["count"])
    return ReportTable.of({"setting": a, "outcome": b, "candidates": n} for (a, b), n in counts.items())
