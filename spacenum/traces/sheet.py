"""A sheet for people: sampled traces with empty columns to fill in, and the way back.

It shows no label of the rules or the judge, and not whether the answer was right, so that neither sways a reader.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import digest
from spacenum.traces.collect import Trace
from spacenum.traces.labels import FAILURES, TraceLabels

SHOWN = ("id", "item", "model", "question", "trace")
ASKED = (*FAILURES, "unclear")
COLUMNS = (*SHOWN, *ASKED, "comment")
WORDS = {"yes": True, "y": True, "1": True, "true": True, "no": False, "n": False, "0": False, "false": False}


def trace_id(trace: Trace) -> str:
    """Names a trace by its item, model and words, so that labels can't end up with another reply."""
    return digest([trace.item, trace.model, trace.text])


def sheet_text(traces: Iterable[Trace]) -> str:
    """The empty sheet as CSV. Cells that a spreadsheet would take for formulas begin with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for trace in traces:
        shown = (trace_id(trace), trace.item, trace.model, trace.question, trace.text)
        writer.writerow([*map(_plain, shown), *("" for _ in (*ASKED, "comment"))])
    return file.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def read_sheet(path: Path, person: str, traces: Iterable[Trace]) -> list[TraceLabels]:
    """A filled sheet's labels; rows without any are left out.

    ``traces``: all that there are. SpaceNumError names the row (as a spreadsheet counts) that has an unknown or
    repeated id, a word that is neither yes nor no, or labels only in part.
    """
    known = {trace_id(trace): trace for trace in traces}
    labels: dict[str, TraceLabels] = {}
    for number, row in _rows(path):
        where, given = f"{path}, row {number}", {name: row[name].strip().lower() for name in ASKED}
        if row["id"] not in known:
            raise SpaceNumError(
                f"{where}: '{row['id']}' is the id of no trace of this study; either it was changed, or the model has "
                "replied anew since the sheet was written (then label results/traces/sheet.csv as it is now)"
            )
        if row["id"] in labels:
            raise SpaceNumError(f"{where}: id {row['id']} stands in an earlier row too; remove one of them")
        if any(given.values()):
            labels[row["id"]] = _labels(known[row["id"]], person, given, where)
    return list(labels.values())


def _labels(trace: Trace, person: str, given: Mapping[str, str], where: str) -> TraceLabels:
    said = {}
    for name, word in given.items():
        if word not in WORDS and word:
            raise SpaceNumError(f"{where}: column '{name}' says '{word}'; it should say yes or no")
        said[name] = WORDS.get(word)
    failures = [failure for failure in FAILURES if said[failure]]
    if said["unclear"]:
        if failures:
            raise SpaceNumError(f"{where}: 'unclear' and '{failures[0]}' are both yes; one of them must be no")
        return trace.labels(person, "unclear")
    empty = [failure for failure in FAILURES if said[failure] is None]
    if empty:
        raise SpaceNumError(
            f"{where}: column '{empty[0]}' is empty, others aren't; say yes or no in each, or yes under 'unclear'"
        )
    return trace.labels(person, "labelled", failures)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their numbers, from 2; commas or semicolons, as spreadsheets write them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SpaceNumError(f"{path}: not UTF-8 text; save the sheet as 'CSV UTF-8'") from None
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    missing = [name for name in ("id", *ASKED) if name not in (reader.fieldnames or ())]
    if missing:
        raise SpaceNumError(f"{path}, row 1: column '{missing[0]}' is missing; there should be {', '.join(COLUMNS)}")
    for number, row in enumerate(reader, start=2):
        yield number, {name: row.get(name) or "" for name in ("id", *ASKED)}
