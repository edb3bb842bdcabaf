"""Items as a file of them is read: made anew each time that they are asked for."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence

from spacenum.items.schema import Item


class Passing(Sequence[Item]):
    """most: how many there were at once."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items, self._now, self.most = items, 0, 0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return map(self._made, self._items)

    def __getitem__(self, place: int) -> Item:  # type: ignore[override]
        return self._made(self._items[place])

    def _made(self, item: Item) -> Item:
        made = item.model_copy()
        self._count(1)
        weakref.finalize(made, self._count, -1)
        return made

    def _count(self, more: int) -> None:
        self._now += more
        self.most = max(self.most, self._now)
