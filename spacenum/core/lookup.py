"""Records of JSON Lines files by their key, read when they are asked for: all of a large study's take gigabytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew, record_of_line

T = TypeVar("T")


class Lookup(Mapping[str, T]):
    """The records of several files, in their order. key: of a record; None: it is left out. SpaceNumError names the
    file, the line and what is wrong with it; a key may stand once."""

    def __init__(self, paths: Iterable[Path], kind: type[T] | TypeAdapter[T], key: Callable[[T], str | None]) -> None:
        self._adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
        self._places: dict[str, tuple[Path, int, int]] = {}
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
        path, number, place = self._places[name]
        with path.open("rb") as file:
            file.seek(place)
            return record_of_line(path, number, file.readline(), self._adapter)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
