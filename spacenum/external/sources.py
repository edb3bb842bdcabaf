"""The files of a published set: a folder, zip archives in it, or one archive. By name alone, and never one outside."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.reading import inside, parse_json, read_text

DATA = (".json", ".jsonl", ".parquet")
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
LARGEST_TEXT, LARGEST_IMAGE = 512 * 2**20, 64 * 2**20
"""Bytes of a file of rows that is unpacked, and of an image."""
MOST_FILES = 1_000_000
_BATCH = 8  # rows of parquet at once, images and all


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file by its name below ``top``: in the folder, or in the archive ``archive``."""

    top: Path
    name: str
    archive: zipfile.ZipFile | None = None

    def read(self, place: str, most: int) -> bytes:
        """Its bytes; SpaceNumError, which says at which ``place`` it is named, if it has more than ``most``."""
        try:
            opened = self.archive.open(self.name) if self.archive else inside(self.top, self.name, place).open("rb")
            with opened as file:
                data: bytes = file.read(most + 1)
        except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile, zlib.error) as no:
            raise SpaceNumError(f"{place}: {self.name[:200]!r} can't be read ({no}); download it again") from None
        if len(data) > most:
            raise SpaceNumError(f"{place}: {self.name[:200]!r} has more than the {most} bytes that are read of one")
        return data


class Source:
    """What ``path`` is: a folder, an archive, or one file of rows with its images in the folder ``images``.

    only: pattern of the names of files of rows. SpaceNumError if there is no such file.
    """

    def __init__(self, path: Path, images: Path | None = None, only: str | None = None) -> None:
        self.path, self._members = path, dict[str, list[Member]]()
        if not path.exists():
            raise SpaceNumError(f"{path}: no such file or folder; name the published one, or owner/name@commit")
        alone = path.is_file() and path.suffix != ".zip"
        self._archive(path) if path.is_file() and not alone else self._folder(path.parent if alone else path, alone)
        if images is not None:
            self._folder(images, False)
        rows = [name for name in self._members if name.endswith(DATA) and (not alone or name == path.name)]
        self.data = [name for name in sorted(rows) if only is None or fnmatch(name, only)]
        if not self.data:
            there = ", ".join(sorted(rows)[:10]) or "none"
            raise SpaceNumError(f"{path}: holds no file of rows ({', '.join(DATA)}) that was asked for; there: {there}")

    def _add(self, member: Member) -> None:
        if member.name.split("/")[0] == "__MACOSX" or any(part.startswith(".") for part in member.name.split("/")):
            return
        self._members.setdefault(member.name, []).append(member)
        if len(self._members) > MOST_FILES:
            raise SpaceNumError(f"{self.path}: holds more than the {MOST_FILES} files that are looked at")

    def _folder(self, top: Path, alone: bool) -> None:
        """alone: archives beside a single file of rows are not the set's."""
        archives = []
        for folder, _, names in os.walk(top):  # follows no links
            for name in names:
                path = Path(folder) / name
                if path.is_file():  # neither a device nor a pipe, which reading would wait for
                    self._add(Member(top=top, name=path.relative_to(top).as_posix()))
                archives += [path] if path.suffix == ".zip" and not alone else []
        for path in sorted(archives):
            self._archive(inside(top, str(path.relative_to(top)), str(top)))

    def _archive(self, path: Path) -> None:
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise SpaceNumError(f"{path}: not a zip archive ({error}); download it again") from None
        for entry in archive.infolist():
            if not entry.is_dir():
                self._add(Member(top=path, name=entry.filename, archive=archive))

    def image(self, name: str, place: str) -> bytes:
        """An image's bytes; a file of the folder goes before one of that name in an archive."""
        found = self._members.get(name, [])
        loose = [member for member in found if member.archive is None]
        if len(loose or found) != 1:
            raise SpaceNumError(f"{place}: {name[:200]!r} stands in {len(found)} places of {self.path}, not in one")
        return (loose or found)[0].read(place, LARGEST_IMAGE)

    def has(self, name: str) -> bool:
        return name in self._members

    def image_names(self) -> list[str]:
        return [name for name in self._members if name.lower().endswith(IMAGES)]

    def inputs(self) -> list[Path]:
        """Files on this machine that hold the rows."""
        members = [self._members[name][0] for name in self.data]
        return list(dict.fromkeys(m.top if m.archive else m.top / m.name for m in members))

    def rows(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(place, row) of a file of rows; SpaceNumError names the row that is none."""
        where = f"{self.path / name if self.path.is_dir() else self.path}"
        where = f"{where}, {name}" if self.path.suffix == ".zip" else where
        for place, row in self._entries(name, where):
            if not isinstance(row, dict):
                raise SpaceNumError(f"{place}: should be an object with keys (got {str(row)[:80]!r})")
            yield place, row

    def _entries(self, name: str, where: str) -> Iterator[tuple[str, Any]]:
        if len(self._members[name]) > 1:
            raise SpaceNumError(f"{where}: stands in several archives; say which file of rows to read with --only")
        member = self._members[name][0]
        if name.endswith(".parquet"):
            yield from _parquet(member, where)
            return
        text = _text(member, where)
        if name.endswith(".jsonl"):
            for number, line in enumerate(text.split("\n"), start=1):
                if line.strip():
                    yield f"{where}, line {number}", parse_json(line, where, number)
            return
        for number, row in enumerate(_the_list(parse_json(text, where), where), start=1):
            yield f"{where}, row {number}", row


def _text(member: Member, where: str) -> str:
    if member.archive is None:
        path = inside(member.top, member.name, where)
        if path.stat().st_size > LARGEST_TEXT:
            raise SpaceNumError(f"{where}: has more than {LARGEST_TEXT} bytes; cut it into several files")
        return read_text(path)
    try:
        return member.read(where, LARGEST_TEXT).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpaceNumError(f"{where}: not UTF-8 text ({error}); download it again") from None


def _the_list(whole: Any, where: str) -> list[Any]:
    """The rows of a JSON value: itself, or the one list of objects that it holds."""
    if isinstance(whole, list):
        return whole
    lists = [value for value in whole.values() if isinstance(value, list)] if isinstance(whole, dict) else []
    found = [value for value in lists if value and all(isinstance(one, dict) for one in value)]
    if len(found) != 1:
        keys = f"; its keys are {', '.join(map(str, whole))[:200]}" if isinstance(whole, dict) else ""
        raise SpaceNumError(
            f"{where}: holds {len(found)} lists of rows in place of one{keys}; leave the file out with --only, or say "
            "where the list is with --mapping"
        )
    return found[0]


def _parquet(member: Member, where: str) -> Iterator[tuple[str, Any]]:
    import pyarrow.parquet as parquet
    from pyarrow.lib import ArrowException

    held = io.BytesIO(member.read(where, LARGEST_TEXT)) if member.archive else inside(member.top, member.name, where)
    try:
        number = 0
        with parquet.ParquetFile(held) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{where}, row {number}", row
    except (ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SpaceNumError(f"{where}: not a parquet file ({reason}); download it again") from None


class ImagePaths:
    """Where the images are that rows name: as named, beside the file of rows, or all of them under one other folder.

    The last is how sets are published whose rows have the authors' own paths. One change of the path's beginning must
    find every image of the set; SpaceNumError if none or several do.
    """

    def __init__(self, source: Source, named: Sequence[tuple[str, str]]) -> None:
        """named: (place, path) of every image that some row names."""
        self._cut, self._put = "", ""
        for place, path in named:
            if not path or "\0" in path or ".." in PurePosixPath(path).parts:
                raise SpaceNumError(f"{place}: {path[:80]!r} leads out of the set, and nothing outside of it is read")
        missing = [(place, path) for place, path in named if not source.has(path)]
        if not missing:
            return
        place, first = missing[0]
        found = [pair for pair in _beginnings(source, first) if all(source.has(_moved(p, *pair)) for _, p in named)]
        if len(found) != 1:
            problem = "no file of the set" if not found else f"{len(found)} files of the set by turns"
            raise SpaceNumError(
                f"{place}: {len(missing)} of {len(named)} images aren't where the rows say; {first[:200]!r} is "
                f"{problem}; put images and rows into one folder, or name the folder of images with --images"
            )
        self._cut, self._put = found[0]

    def __call__(self, path: str) -> str:
        """The name of an image's file in the set."""
        return _moved(path, self._cut, self._put)

    def said(self) -> str | None:
        """How paths were changed, if they were."""
        if not (self._cut or self._put):
            return None
        return f"image paths that begin with '{self._cut}' are read from '{self._put}'"


def _moved(path: str, cut: str, put: str) -> str:
    return put + path.removeprefix(cut) if path.startswith(cut) else path


def _beginnings(source: Source, path: str) -> list[tuple[str, str]]:
    """(cut, put) that find ``path``: of those that keep the most of it."""
    parts = path.split("/")
    for kept in range(len(parts)):
        tail = "/".join(parts[kept:])
        ends = [name for name in source.image_names() if name == tail or name.endswith(f"/{tail}")]
        if ends:
            cut = path.removesuffix(tail)
            return [(cut, name.removesuffix(tail)) for name in ends]
    return []
