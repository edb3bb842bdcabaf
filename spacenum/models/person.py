"""People: what they answered in the browser (``spacenum annotate``), read from their sheets.

A sheet holds one person's answers to one cell, a line an item, and is written at each answer. It belongs to what was
seen: an answer counts only while the item's words, letters and image bytes are those that were shown.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block, Name
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import digest, first_problem, images_anew, read_jsonl, sha256_of, stable_hash
from spacenum.items.schema import Item, Letter, Text

FOLDER = Path("annotations")


class PersonOptions(Block):
    """What stands under ``options`` in a person's file."""

    families: int | None = Field(None, ge=1, description="families of each cell that are asked; null: all")
    people: list[Name] = Field([], description="who share the items; none: the one person whom the file is about")
    answers_per_item: int = Field(1, ge=1, description="of these people, how many answer each item")

    @model_validator(mode="after")
    def _enough_people(self) -> Self:
        if len(set(self.people)) < len(self.people):
            raise ValueError("people: somebody is named twice")
        if self.answers_per_item > max(1, len(self.people)):
            raise ValueError(
                f"answers_per_item is {self.answers_per_item}, but 'people' names {len(self.people)}; name more people"
            )
        return self


class Entry(Block):
    """One line of a sheet. shown: hash of what was on the screen (``Looks``). seconds:
    from its display to the answer."""

    item: str
    shown: str
    letter: Letter
    seconds: float = Field(ge=0)


def sheet_path(model: str, variant: str, cell: str, person: str | None = None) -> Path:
    """Where answers to a cell stand, in the study's folder. model: the file in config/models. person: of several."""
    folder = FOLDER / model / variant
    return (folder / person if person else folder) / f"{cell}.jsonl"


def _person_of(sheet: Path) -> str | None:
    """Who of several people a sheet is by, None for the only one: what stands between variant and file."""
    inside = sheet.parts[len(sheet.parts) - sheet.parts[::-1].index(FOLDER.name) :]
    return inside[2] if len(inside) > 3 else None


def sheets(person: str, variant: str, setting: str) -> list[str]:
    """The sheets of a setting that a person has begun, in the study that is the working directory."""
    folder = FOLDER / person / variant
    return sorted(str(sheet) for place in ("", "*/") for sheet in folder.glob(f"{place}{setting}.*.jsonl"))


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


def _people(options: PersonOptions) -> list[str | None]:
    return [*options.people] or [None]


def people_of(item: Item, items: Sequence[Item], options: PersonOptions) -> list[str | None]:
    """Who answers an item of a share, each once. A family's items go around the people, from a person that a hash of
    its name gives, so that nobody sees all of a family if there are more people than ``answers_per_item``."""
    if not options.people:
        return [None]
    family = [other.id for other in items if (other.cell, other.family) == (item.cell, item.family)]
    first = stable_hash(item.family) + family.index(item.id)
    return [options.people[(first + k) % len(options.people)] for k in range(options.answers_per_item)]


def assigned(items: Sequence[Item], options: PersonOptions, person: str | None) -> list[Item]:
    """The items of a share that a person answers."""
    return [item for item in items if person in people_of(item, items, options)]


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
    """Reads of an item what people saw. A cell counts when the share of it is all answered: until then its items are
    "missing", so that no score depends on when somebody stopped."""

    def __init__(self, context: Context, options: PersonOptions) -> None:
        self._looks, self._options = Looks(context.root), options
        self._entries: dict[str | None, list[Entry]] = {name: [] for name in _people(options)}
        for sheet in context.sheets:
            name = _person_of(sheet)
            if name in self._entries:
                self._entries[name] += read_sheet(sheet)
            else:
                print(f"{sheet} isn't counted: {name or 'it'} is none of the file's 'people'", file=sys.stderr)

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        asked = share(items, self._options)
        given = {name: matching(entries, asked, self._looks) for name, entries in self._entries.items()}
        answers = {item.id: [given[name].get(item.id) for name in people_of(item, asked, self._options)]
                   for item in asked}  # fmt: skip
        states = _states(asked, answers)
        for cell, state in sorted(states.items()):
            print(f"{cell}: {state}; the cell stays empty", file=sys.stderr)
        for item in items:
            if item.id not in answers:
                yield Answer(item=item.id, outcome="missing", reason="not in the person's share of this cell")
            elif item.cell in states:
                yield Answer(item=item.id, outcome="missing", reason=states[item.cell])
            else:
                for number, entry in enumerate(filter(None, answers[item.id])):
                    yield Answer(
                        item=item.id, reply=entry.letter, letter=entry.letter, outcome="parsed", repeat=number,
                        seconds=entry.seconds,
                    )  # fmt: skip


def _states(asked: Sequence[Item], answers: Mapping[str, Sequence[Entry | None]]) -> dict[str, str]:
    """Of each cell that isn't all answered, how far it is."""
    total: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for item in asked:
        total[item.cell] += len(answers[item.id])
        done[item.cell] += sum(entry is not None for entry in answers[item.id])
    return {
        cell: f"{done[cell]} of the {count} answers asked of this cell are there"
        for cell, count in total.items()
        if done[cell] < count
    }


def load(config: ModelConfig, context: Context) -> Model:
    return Person(context, options_of(config, "the person's file in config/models"))
