"""Items as a file of them is read: made anew each time that they are gone through."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Sequence

from spacenum.items.schema import Item


class Passing(Collection[Item]):
    """most: how many there were at once."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items, self._now, self.most = items, 0, 0

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            made = item.model_copy()
            self._count(1)
            weakref.finalize(made, self._count, -1)
            yield made

    def _count(self, more: int) -> None:
        self._now += more
        self.most = max(self.most, self._now)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: object) -> bool:
        return item in self._items
