"""Score files: CSV of one typed record a line, with stable bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew, first_problem

R = TypeVar("R", bound=BaseModel)


def records_to_csv(records: Iterable[R], kind: type[R]) -> str:
    """CSV text: an empty field is None, true and false are booleans, floats are the shortest text that reads back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kind.model_fields)
    for record in records:
        writer.writerow(_field(value) for value in record.model_dump().values())
    return text.getvalue()


def _field(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_records(path: Path, kind: type[R]) -> list[R]:
    """Read and validate a score file; SpaceNumError names the file, the line and the field that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such file; {anew(path)}") from None
    except UnicodeDecodeError as error:
        raise SpaceNumError(f"{path}: not UTF-8 text ({error}); {anew(path)}") from None
    lines = csv.reader(io.StringIO(text))
    try:
        return _records(path, lines, kind)
    except csv.Error as error:
        raise SpaceNumError(f"{path}, line {lines.line_num}: not CSV ({error}); {anew(path)}") from None


def _records(path: Path, lines: Any, kind: type[R]) -> list[R]:
    header: list[str] = next(lines, [])
    if header != list(kind.model_fields):
        raise SpaceNumError(f"{path}, line 1: the columns should be {','.join(kind.model_fields)}")
    records = []
    for fields in lines:
        if len(fields) != len(header):
            raise SpaceNumError(f"{path}, line {lines.line_num}: {len(fields)} fields in place of {len(header)}")
        try:
            records.append(kind.model_validate({key: text or None for key, text in zip(header, fields, strict=True)}))
        except ValidationError as error:
            raise SpaceNumError(f"{path}, line {lines.line_num}: {first_problem(error)}") from None
    return records
