"""Records of JSON Lines files by key or place, read when they are asked for: all of a large study's take gigabytes."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, overload

from pydantic import TypeAdapter

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew, each_of_jsonl, record_of_line

T = TypeVar("T")
KEPT = 256
"""Records that a lookup keeps: what is asked for is often asked for again soon."""


class Lookup(Mapping[str, T]):
    """The records of several files, in their order. key: of a record; None: it is left out. SpaceNumError names the
    file, the line and what is wrong with it; a key may stand once."""

    def __init__(self, paths: Iterable[Path], kind: type[T] | TypeAdapter[T], key: Callable[[T], str | None]) -> None:
        self._adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
        self._places: dict[str, tuple[Path, int, int]] = {}
        self._kept = lru_cache(KEPT)(self._read)
        for path in paths:
            self._index(path, key)

    def _index(self, path: Path, key: Callable[[T], str | None]) -> None:
        place = 0
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    name = key(record_of_line(path, number, line, self._adapter))
                    if name in self._places:
                        raise SpaceNumError(f"{path}, line {number}: '{name}' stands twice; {anew(path)}")
                    if name is not None:
                        self._places[name] = (path, number, place)
                    place += len(line)
        except FileNotFoundError:
            raise SpaceNumError(f"{path}: no such file; {anew(path)}") from None

    def __getitem__(self, name: str) -> T:
        return self._kept(name)

    def _read(self, name: str) -> T:
        path, number, place = self._places[name]
        with path.open("rb") as file:
            file.seek(place)
            return record_of_line(path, number, file.readline(), self._adapter)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Records(Sequence[T]):
    """The records of a file, in their order. Going through them reads them one at a time, each time anew."""

    def __init__(self, path: Path, kind: type[T] | TypeAdapter[T]) -> None:
        self._path = path
        self._adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
        self._starts = array("q", [0])
        try:
            with path.open("rb") as file:
                for line in file:
                    self._starts.append(self._starts[-1] + len(line))
        except FileNotFoundError:
            raise SpaceNumError(f"{path}: no such file; {anew(path)}") from None

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[T]:
        return each_of_jsonl(self._path, self._adapter)

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> list[T]: ...

    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self[k] for k in range(len(self))[place]]
        number = range(len(self))[place]
        with self._path.open("rb") as file:
            file.seek(self._starts[number])
            return record_of_line(self._path, number + 1, file.readline(), self._adapter)
