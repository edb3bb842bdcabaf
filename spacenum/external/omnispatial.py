"""OmniSpatial (arXiv 2506.03135): a zip archive, or the same unpacked,
with ``data.json`` and a folder of images per task.

An item's image is ``<task_type>/<id before its first underscore>.png``, beside ``data.json``; ids are unique within a
``task_type`` only. ``answer`` counts from 0, and there are two to four ``options``.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.core.reading import inside, parse_json
from spacenum.external.base import Benchmark, OfficialPrompt, Published

ArchiveFolder = Path | zipfile.Path
LARGEST_TEXT, LARGEST_IMAGE = 256 * 2**20, 64 * 2**20
"""Bytes of data.json and of an image."""


class _Entry(BaseModel):
    id: str | int
    question: str = Field(min_length=1)
    options: list[str]
    answer: int
    task_type: str
    sub_task_type: str


def read(path: Path, sub_task: str) -> Iterator[Published]:
    """Items of one ``sub_task_type``; SpaceNumError names the file, the entry and the key that is wrong."""
    folder, where = _folder(path), f"{path}, data.json"
    try:
        text = _bytes(folder / "data.json", LARGEST_TEXT, where).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpaceNumError(f"{where}: not UTF-8 text ({error}); download the file again") from None
    entries = parse_json(text, where)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SpaceNumError(f"{where}: should be a list of entries with 'id', 'question', 'options' and 'answer'")
    kinds = Counter(str(entry.get("sub_task_type")) for entry in entries)
    if sub_task not in kinds:
        raise SpaceNumError(
            f"{where}: no entry has the sub_task_type '{sub_task}'; there are {', '.join(sorted(kinds))}"
        )
    for number, raw in enumerate(entries, start=1):
        if raw.get("sub_task_type") != sub_task:
            continue
        place = f"{where}, entry {number}"
        try:
            entry = _Entry.model_validate(raw)
        except ValidationError as error:
            raise SpaceNumError(f"{place}: {first_problem(error)}") from None
        image = _image(folder, entry, place)
        if not image.is_file():
            raise SpaceNumError(f"{place}, key 'id': '{entry.id}' belongs to the image {image}, which is missing")
        yield Published(
            source=f"{entry.task_type}/{entry.id}",
            place=place,
            group=entry.sub_task_type,
            question=entry.question,
            options=entry.options,
            answer=entry.answer,
            images=[_bytes(image, LARGEST_IMAGE, place)],
        )


def _image(folder: ArchiveFolder, entry: _Entry, place: str) -> ArchiveFolder:
    """An entry's image. Nothing outside of an archive can be read by way of it; of a folder that is seen to."""
    name = f"{entry.task_type}/{str(entry.id).split('_')[0]}.png"
    return inside(folder, name, place) if isinstance(folder, Path) else folder / name


def _bytes(file: ArchiveFolder, most: int, place: str) -> bytes:
    """A file's bytes, at most ``most``: a small archive can hold a file that no memory does."""
    try:
        with file.open("rb") as opened:
            data: bytes = opened.read(most + 1)
    except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SpaceNumError(f"{place}: {file} can't be read ({error}); download the file again") from None
    if len(data) > most:
        raise SpaceNumError(f"{place}: {file} has more than {most} bytes, which no published one has")
    return data


def _folder(path: Path) -> ArchiveFolder:
    """Where ``data.json`` lies: beside it, or in the archive, perhaps a folder deep."""
    if path.name == "data.json":
        return path.parent
    try:
        names = zipfile.ZipFile(path).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):  # of damaged ones
        raise SpaceNumError(f"{path}: neither a zip archive nor a data.json; name one of them") from None
    found = [name for name in names if name.split("/")[-1] == "data.json" and not name.startswith("__MACOSX")]
    if len(found) != 1:
        raise SpaceNumError(f"{path}: holds {len(found)} files data.json in place of one; take OmniSpatial-test.zip")
    return zipfile.Path(path, found[0].removesuffix("data.json"))


BENCHMARKS = {
    "omnispatial_motion": Benchmark(
        title="OmniSpatial, Motion Analysis",
        repo="qizekun/OmniSpatial",
        file="OmniSpatial-test.zip",
        licence="CC BY-NC 4.0",
        expected=346,
        protocols=("direct", "guided"),
        read=partial(read, sub_task="Motion_Analysis"),
        prompt=OfficialPrompt(
            repo="qizekun/OmniSpatial",
            commit="208bac258d8671c6857b3be2834997936ba7fc51",
            file="vlms_eval/system_prompts.py",
            sha256="a67f96e609c3d15a81a11d4b20403881b99ea3a2d3a1a59e1441b29db22ee661",
            constants=("MANUAL_COT_SYSTEM_PROMPT", "RE_FORMAT"),
        ),
    )
}
