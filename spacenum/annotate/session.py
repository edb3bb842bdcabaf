"""One person's way through the items of one cell: their order, what the screen may show of them, and the sheet."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import stable_hash, write_jsonl
from spacenum.items.schema import Image, Item, Letter, Text
from spacenum.models.person import Entry, Looks, matching, read_sheet

TEMPLATES = Path(__file__).parent / "templates"


class SessionProgress(Block):
    """open: place of the first item without an answer, None if all have one."""

    total: int
    answered: int
    open: int | None


class ShownQuestion(Block):
    """All that a browser gets of an item. Not its id, family or image paths, which can hint at the answer; images have
    the addresses /image/<place>/<k>. letter: what the person answered."""

    place: int
    parts: tuple[Text | Image, ...]
    letters: tuple[Letter, ...]
    letter: Letter | None


class Instructions(Block):
    """What a person is told before the first item. text: paragraphs. example: an item that the person isn't asked, with
    its answer as ``letter``; None if all are asked."""

    text: tuple[str, ...]
    example: ShownQuestion | None


def example_of(items: Sequence[Item], asked: Sequence[Item]) -> Item | None:
    """An item of a cell to explain it by: of a family that nobody is asked, chosen by a hash; None if there is none."""
    families = {item.family for item in asked}
    spare = [item for item in items if item.family not in families]
    return min(spare, key=lambda item: stable_hash(item.id), default=None)


class Session:
    """Items in an order of the person's own, by a hash, so that it is the same after a break and families lie apart.

    Safe for several threads. ``sheet`` is written whole and atomically at each answer; answers to items that look
    otherwise by now are kept in it, and asked again.
    """

    def __init__(
        self, person: str, items: Sequence[Item], sheet: Path, root: Path, example: Item | None = None
    ) -> None:
        self._example = example
        self._items = sorted(items, key=lambda item: stable_hash(f"{person}/{item.id}"))
        self._sheet, self._root, self._lock = sheet, root, threading.Lock()
        looks = Looks(root)
        self._shown = [looks.of(item) for item in self._items]
        self._entries = {(entry.item, entry.shown): entry for entry in read_sheet(sheet)}
        self.outdated = len(self._entries) - len(matching(self._entries.values(), self._items, looks))

    def progress(self) -> SessionProgress:
        done = [key in self._entries for key in map(self._key, range(len(self._items)))]
        return SessionProgress(total=len(done), answered=sum(done), open=done.index(False) if False in done else None)

    def question(self, place: int) -> ShownQuestion:
        """The item at a place, as the browser may see it; SpaceNumError if there is no such place."""
        item, entry = self._at(place), self._entries.get(self._key(place))
        return _shown(item, place, f"/image/{place}", entry.letter if entry else None)

    def instructions(self) -> Instructions:
        """What the person is told before the first item."""
        first, example = self._items[0], self._example
        text = (TEMPLATES / f"instructions.{first.setting}.{first.task}.txt").read_text(encoding="utf-8")
        shown = _shown(example, 0, "/example", example.answer) if example else None
        return Instructions(text=tuple(" ".join(part.split()) for part in text.strip().split("\n\n")), example=shown)

    def image(self, place: int, number: int) -> bytes:
        """The bytes of an item's image; images count from 0, in the prompt's order."""
        return self._bytes(self._at(place), number)

    def example_image(self, number: int) -> bytes:
        """The same of the example's image; SpaceNumError if there is no example."""
        if self._example is None:
            raise SpaceNumError("there is no example")
        return self._bytes(self._example, number)

    def _bytes(self, item: Item, number: int) -> bytes:
        images = [part.image for part in item.prompt if isinstance(part, Image)]
        if number >= len(images):
            raise SpaceNumError(f"this item has {len(images)} images")
        return (self._root / images[number]).read_bytes()

    def answer(self, place: int, letter: Letter | None, seconds: float) -> SessionProgress:
        """Keep an answer, or (None) take it back, and write the sheet; SpaceNumError if the item has no such letter."""
        item = self._at(place)
        letters = [option.letter for option in item.options]
        if letter is not None and letter not in letters:
            raise SpaceNumError(f"the answer is {letter}, but this item offers only {', '.join(letters)}")
        item_id, shown = key = self._key(place)
        with self._lock:
            entries = {other: entry for other, entry in self._entries.items() if other != key}
            if letter is not None:
                entries[key] = Entry(item=item_id, shown=shown, letter=letter, seconds=round(seconds, 1))
            write_jsonl(self._sheet, entries.values())
            self._entries = entries
        return self.progress()

    def _at(self, place: int) -> Item:
        if place >= len(self._items):
            raise SpaceNumError(f"there are {len(self._items)} items")
        return self._items[place]

    def _key(self, place: int) -> tuple[str, str]:
        return self._items[place].id, self._shown[place]


def _shown(item: Item, place: int, address: str, letter: Letter | None) -> ShownQuestion:
    """An item as a browser gets it, with images at ``address``/<k>."""
    numbers = iter(range(len(item.prompt)))
    return ShownQuestion(
        place=place,
        parts=tuple(
            part if isinstance(part, Text) else Image(image=f"{address}/{next(numbers)}") for part in item.prompt
        ),
        letters=tuple(option.letter for option in item.options),
        letter=letter,
    )
