"""A person: what somebody answered in the browser (``spacenum annotate``), read from that person's sheets.

A sheet holds one cell, a line an item, and is written at each answer. It belongs to what was seen: an answer counts
only while the item's words, letters and image bytes are those that were shown.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import digest, first_problem, images_anew, read_jsonl, sha256_of, stable_hash
from spacenum.items.schema import Item, Letter, Text

FOLDER = Path("annotations")


class PersonOptions(Block):
    """What stands under ``options`` in a person's file."""

    families: int | None = Field(None, ge=1, description="families of each cell that are asked; null: all")


class Entry(Block):
    """One line of a sheet. shown: hash of what was on the screen (``Looks``). seconds:
    from its display to the answer."""

    item: str
    shown: str
    letter: Letter
    seconds: float = Field(ge=0)


def sheet_path(person: str, variant: str, cell: str) -> Path:
    """Where a person's answers to a cell stand, in the study's folder."""
    return FOLDER / person / variant / f"{cell}.jsonl"


def sheets(person: str, variant: str, setting: str) -> list[str]:
    """The sheets of a setting that a person has begun, in the study that is the working directory."""
    return sorted(map(str, (FOLDER / person / variant).glob(f"{setting}.*.jsonl")))


def read_sheet(path: Path) -> list[Entry]:
    """A sheet's answers; none if it wasn't begun. SpaceNumError names the line that is damaged."""
    if not path.exists():
        return []
    return read_jsonl(path, Entry, f"mend or remove that line of {path}; no rule makes this file")


def options_of(config: ModelConfig, source: str) -> PersonOptions:
    """A person's options; SpaceNumError names the ``source`` and the key that is wrong."""
    if config.kind != "human":
        raise SpaceNumError(f"{source}: backend 'person' is for people, but key 'kind' is '{config.kind}', not 'human'")
    try:
        return PersonOptions.model_validate(config.options)
    except ValidationError as error:
        raise SpaceNumError(f"{source}, key 'options': {first_problem(error)}") from None


def share(items: Sequence[Item], options: PersonOptions) -> list[Item]:
    """The items that a person is asked, in their order: all, or so many whole families of each cell. They are drawn by
    a hash, so that people who are asked as many are asked the same, and in both tasks about the same frames."""
    names = {(item.cell, item.family): item.family.removesuffix(f".{item.task}") for item in items}
    chosen = {
        key
        for cell in {cell for cell, _ in names}
        for key in sorted((k for k in names if k[0] == cell), key=lambda k: stable_hash(names[k]))[: options.families]
    }
    return [item for item in items if (item.cell, item.family) in chosen]


class Looks:
    """Hashes of items as they are shown; reads each image of ``root`` once."""

    def __init__(self, root: Path) -> None:
        self._image = cache(lambda image: _image_hash(root / image))

    def of(self, item: Item) -> str:
        """Hash of an item's texts, image bytes and letters."""
        parts = [
            {"text": part.text} if isinstance(part, Text) else {"sha256": self._image(part.image)}
            for part in item.prompt
        ]
        return digest([parts, [option.letter for option in item.options]])


def _image_hash(image: Path) -> str:
    try:
        return sha256_of(image)
    except FileNotFoundError:
        raise SpaceNumError(f"{image}: the image is missing; {images_anew(image)}") from None


def matching(entries: Iterable[Entry], items: Sequence[Item], looks: Looks) -> dict[str, Entry]:
    """The latest answer to each of ``items`` as it looks now, by item."""
    latest = {(entry.item, entry.shown): entry for entry in entries}
    begun = [item for item in items if item.id in {name for name, _ in latest}]
    return {item.id: latest[key] for item in begun if (key := (item.id, looks.of(item))) in latest}


class Person:
    """Reads of an item what the person saw. A cell counts when the person's share of it is all answered: until then its
    items are "missing", so that nobody's score depends on when they stopped."""

    def __init__(self, context: Context, options: PersonOptions) -> None:
        self._looks, self._options = Looks(context.root), options
        self._entries = [entry for path in context.sheets for entry in read_sheet(path)]

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        asked = share(items, self._options)
        given = matching(self._entries, asked, self._looks)
        total = Counter(item.cell for item in asked)
        done = Counter(item.cell for item in asked if item.id in given)
        states = {
            cell: f"{done[cell]} of the {count} items asked of this cell are answered" for cell, count in total.items()
        }
        unfinished = {cell for cell, count in total.items() if done[cell] < count}
        for cell in sorted(unfinished):
            print(f"{cell}: {states[cell]}; the cell stays empty", file=sys.stderr)
        wanted = {item.id for item in asked}
        for item in items:
            if item.id not in wanted:
                yield Answer(item=item.id, outcome="missing", reason="not in the person's share of this cell")
            elif item.cell in unfinished:
                yield Answer(item=item.id, outcome="missing", reason=states[item.cell])
            else:
                letter = given[item.id].letter
                yield Answer(item=item.id, reply=letter, letter=letter, outcome="parsed")


def load(config: ModelConfig, context: Context) -> Model:
    return Person(context, options_of(config, "the person's file in config/models"))
