"""Score files: CSV of one typed record a line, with stable bytes. Records are dataclasses with slots, which pydantic
checks: a large study has millions of them, and a model of pydantic's takes six times the memory."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew, atomic_path, first_problem

R = TypeVar("R")


def columns_of(kind: type[Any]) -> list[str]:
    """The columns of a kind of record."""
    return [field.name for field in fields(kind)]


def write_records(path: Path, records: Iterable[R], kind: type[R]) -> None:
    """Write a score file, atomically, each record as it comes."""
    columns = columns_of(kind)
    write_lines(path, columns, ([getattr(record, name) for name in columns] for record in records))


def write_lines(path: Path, columns: Iterable[str], lines: Iterable[Iterable[object]]) -> None:
    """Write CSV, atomically: an empty field is None, true and false are booleans, floats are the shortest text that
    reads back."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(map(_field, line) for line in lines)


def _field(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_records(path: Path, kind: type[R]) -> list[R]:
    """Read and validate a score file; SpaceNumError names the file, the line and the field that is wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            try:
                return [*_records(path, lines, kind)]
            except csv.Error as error:
                raise SpaceNumError(f"{path}, line {lines.line_num}: not CSV ({error}); {anew(path)}") from None
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such file; {anew(path)}") from None
    except UnicodeDecodeError as error:
        raise SpaceNumError(f"{path}: not UTF-8 text ({error}); {anew(path)}") from None


def _records(path: Path, lines: Any, kind: type[R]) -> Iterator[R]:
    header, adapter = columns_of(kind), TypeAdapter(kind)
    if next(lines, []) != header:
        raise SpaceNumError(f"{path}, line 1: the columns should be {','.join(header)}")
    for values in lines:
        if len(values) != len(header):
            raise SpaceNumError(f"{path}, line {lines.line_num}: {len(values)} fields in place of {len(header)}")
        shared = (sys.intern(text) if text else None for text in values)  # cells and scenes stand in many records
        try:
            yield adapter.validate_python(dict(zip(header, shared, strict=True)))
        except ValidationError as error:
            raise SpaceNumError(f"{path}, line {lines.line_num}: {first_problem(error)}") from None
