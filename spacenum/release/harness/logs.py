"""What harnesses keep of replies, read back: inspect_ai's logs, lmms-eval's samples, VLMEvalKit's predictions, and
plain tables of ids and replies."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.core.reading import parse_json, read_text
from spacenum.external.sources import LARGEST_TEXT
from spacenum.release.harness.lmms_task import FAILED as LMMS_FAILED

Harness = Literal["inspect_ai", "lmms-eval", "VLMEvalKit", "plain"]
ZSTANDARD = 93
"""A method of packing, as zip archives number them."""
VLMEVALKIT_FAILED = "Failed to obtain answer"
"""How VLMEvalKit begins what it puts in the place of a reply."""
R = TypeVar("R", bound=BaseModel)
CALLED = ("*.eval", "*_samples_spacenum_*.jsonl", "*_SpaceNum.json", "*_SpaceNum.tsv", "*_SpaceNum.xlsx")
"""What inspect_ai, lmms-eval and VLMEvalKit call their files."""


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What a log says of one request. place: file and line. reply: None if the request failed. asked: hash of what was
    asked, where the log has it. finished, refused: as in ``Reply``."""

    place: str
    id: str
    reply: str | None
    asked: str | None = None
    finished: bool = True
    refused: str | None = None


class _Choice(BaseModel):
    stop_reason: str | None = None


class _Output(BaseModel):
    choices: list[_Choice] = []
    completion: str = ""
    error: str | None = None


class _Sample(BaseModel):
    """Of inspect_ai."""

    id: str
    error: Any = None
    metadata: dict[str, Any] | None = None
    output: _Output = _Output()


class _LmmsTold(BaseModel):
    """What the tasks of an export tell of an item."""

    id: str
    asked: str


class _LmmsRow(BaseModel):
    filtered_resps: str | Annotated[list[str], Field(min_length=1)]
    accuracy: _LmmsTold


class _Prediction(BaseModel):
    """Of VLMEvalKit."""

    id: str
    prediction: str
    asked: str | None = None


class _Plain(BaseModel):
    id: str
    reply: str | None
    asked: str | None = None


def log_files(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and of folders those that are called as harnesses call logs of these items."""
    found: list[Path] = []
    for path in paths:
        inside = sorted({log for pattern in CALLED for log in path.rglob(pattern)}) if path.is_dir() else [path]
        if not inside:
            raise SpaceNumError(f"{path}: holds no log ({', '.join(CALLED)}); name the files themselves")
        found += inside
    return found


def read_log(path: Path) -> tuple[Harness, list[Logged]]:
    """Who wrote a file, and what it says of each request; SpaceNumError if it is none of those that are known."""
    if not path.is_file():
        raise SpaceNumError(f"{path}: no such file")
    if path.suffix == ".eval":
        return "inspect_ai", [_inspect(sample, place) for place, sample in _eval_samples(path)]
    rows, whole = _rows(path)
    if isinstance(whole, dict) and {"eval", "samples"} <= whole.keys():
        samples = _objects(whole["samples"], path)
        return "inspect_ai", [_inspect(one, f"{path}, sample {k}") for k, one in enumerate(samples, 1)]
    placed = [(f"{path}, row {number}", row) for number, row in enumerate(rows, 1)]
    if not placed:
        raise SpaceNumError(f"{path}: has no row")
    first = placed[0][1]
    if "filtered_resps" in first:
        return "lmms-eval", [_lmms(row, place) for place, row in placed]
    if "prediction" in first:
        return "VLMEvalKit", [_vlmevalkit(row, place) for place, row in placed]
    return "plain", [_plain(row, place) for place, row in placed]


def _rows(path: Path) -> tuple[list[Mapping[str, Any]], Any]:
    """A file's rows; and, of a JSON file, all that it holds."""
    if path.suffix == ".xlsx":
        return _sheet(path), None
    text = read_text(path)
    if path.suffix in (".csv", ".tsv"):
        csv.field_size_limit(LARGEST_TEXT)
        return [*csv.DictReader(io.StringIO(text, newline=""), delimiter="," if path.suffix == ".csv" else "\t")], None
    if path.suffix == ".jsonl":
        lines = enumerate(text.split("\n"), 1)
        whole: Any = [parse_json(line, str(path), number) for number, line in lines if line.strip()]
    else:
        whole = parse_json(text, str(path))
    return _objects(whole, path) if isinstance(whole, list) else [], whole


def _objects(rows: Any, path: Path) -> list[Mapping[str, Any]]:
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise SpaceNumError(f"{path}: its rows should be a list of objects with keys")
    return rows


def _sheet(path: Path) -> list[Mapping[str, Any]]:
    import pandas as pd

    try:
        return pd.read_excel(path, dtype=str, keep_default_na=False).to_dict("records")  # type: ignore[return-value]
    except ImportError:
        raise SpaceNumError(
            f"{path}: sheets need openpyxl (pip install openpyxl); or run VLMEvalKit with PRED_FORMAT=json"
        ) from None
    except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise SpaceNumError(f"{path}: no readable sheet ({error})") from None


def _eval_samples(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(place, sample) of a log of inspect_ai: a zip archive whose entries are packed as Python's own module can't."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            for entry in archive.infolist():
                if entry.filename.startswith("samples/"):
                    place = f"{path}, {entry.filename}"
                    yield place, parse_json(_unpacked(archive, file, entry, place), place)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error) as error:
        raise SpaceNumError(f"{path}: no readable log of inspect_ai ({error})") from None


def _unpacked(archive: zipfile.ZipFile, file: io.BufferedReader, entry: zipfile.ZipInfo, place: str) -> str:
    import pyarrow

    if max(entry.file_size, entry.compress_size) > LARGEST_TEXT:
        raise SpaceNumError(f"{place}: has more than {LARGEST_TEXT} bytes")
    if entry.compress_type != ZSTANDARD:
        return archive.read(entry).decode()
    file.seek(entry.header_offset)
    head = file.read(30)
    file.seek(sum(struct.unpack("<HH", head[26:30])), io.SEEK_CUR)  # name and extra field
    packed = file.read(entry.compress_size)
    data: bytes = pyarrow.decompress(packed, entry.file_size, codec="zstd", asbytes=True)
    return data.decode()


def _read(kind: type[R], row: Mapping[str, Any], place: str) -> R:
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        raise SpaceNumError(f"{place}: {first_problem(error)}") from None


def _inspect(sample: Mapping[str, Any], place: str) -> Logged:
    read = _read(_Sample, sample, place)
    stop = read.output.choices[0].stop_reason if read.output.choices else None
    failed = read.error is not None or read.output.error is not None or not read.output.choices
    return Logged(
        place=place,
        id=read.id,
        reply=None if failed else read.output.completion,
        asked=(read.metadata or {}).get("asked"),
        finished=stop != "max_tokens",
        refused="content_filter" if stop == "content_filter" else None,
    )


def _lmms(row: Mapping[str, Any], place: str) -> Logged:
    read = _read(_LmmsRow, row, place)
    reply = read.filtered_resps if isinstance(read.filtered_resps, str) else read.filtered_resps[0]
    told = read.accuracy
    return Logged(place=place, id=told.id, reply=None if reply.startswith(LMMS_FAILED) else reply, asked=told.asked)


def _vlmevalkit(row: Mapping[str, Any], place: str) -> Logged:
    read = _read(_Prediction, row, place)
    failed = read.prediction.startswith(VLMEVALKIT_FAILED)
    return Logged(place=place, id=read.id, reply=None if failed else read.prediction, asked=read.asked)


def _plain(row: Mapping[str, Any], place: str) -> Logged:
    if not {"id", "reply"} <= row.keys():
        raise SpaceNumError(
            f"{place}: has no keys 'id' and 'reply' (it has {', '.join(map(str, row))[:200]}), and is no log of "
            "inspect_ai, lmms-eval or VLMEvalKit"
        )
    read = _read(_Plain, row, place)
    return Logged(place=place, id=read.id, reply=read.reply, asked=read.asked or None)
