"""A published item set in JSON, brought in by a small YAML that says which of its keys mean what.

Nothing is assumed of the published file but that it is a list of objects, or one object a line: names of keys, how the
right option is given, and how cells are called are the mapping's to say, which must be checked against the real file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from spacenum.core.blocks import Block, Name
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import (
    atomic_folder,
    atomic_path,
    first_problem,
    hashes_of,
    sha256_of,
    write_jsonl,
    write_meta,
    write_text,
)
from spacenum.core.reading import inside, parse_json, parse_yaml, read_text
from spacenum.external.base import PROTOCOLS, ExternalQuestion, OptionContent
from spacenum.external.items import ExternalItems, report
from spacenum.external.questions import ImageFolder, check_options, one_line
from spacenum.external.settings import IMPORTED
from spacenum.items.schema import LETTERS, ExternalItem
from spacenum.scenes.spec import Split
from spacenum.variants.catalogue import names as variant_names

Key = Annotated[str, Field(min_length=1, max_length=200)]
MISSING = object()


class Fields(Block):
    """The published keys; a dot steps into an object ('meta.task'). id: null numbers the entries."""

    id: Key | None = None
    question: Key
    options: Key
    option_images: Key | None = None
    answer: Key
    images: Key | None = None
    cell: list[Key] = Field([])


class ItemMapping(Block):
    """How ``spacenum items import`` reads a published set.

    name: the set's, which its folder and the config's ``imported`` bear. source, revision: where the file was
    published, and which commit of it this is. sha256: of the file, which must then be that. items: key under which the
    list stands; null for a file that is the list. fields.options: texts, as a list or by letter; fields.option_images:
    the same for images, used where an entry has it. answer: whether the right one is given as its letter, its place
    from 0, or its text. fields.cell: keys whose values, joined by '/', say which cell an entry belongs to;
    cells: what these are called here.
    """

    name: Name
    source: str
    revision: str = Field(min_length=7)
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    items: Key | None = None
    fields: Fields
    answer: Literal["letter", "index", "text"]
    cells: dict[str, str] = Field({})


def read_mapping(path: Path) -> ItemMapping:
    """The mapping; SpaceNumError names the file, the key and what is wrong with it."""
    try:
        return ItemMapping.model_validate(parse_yaml(read_text(path), path) or {})
    except ValidationError as error:
        raise SpaceNumError(f"{path}: {first_problem(error)}") from None


def import_items(path: Path, mapping_path: Path, images: Path, split: Split) -> list[ExternalItem]:
    """Write ``data/items/<split>/<name>/external.jsonl``, the images that it shows beside it, and its report.

    images: the folder that published image paths are relative to; no other file is read. SpaceNumError, before anything
    is written, names the file, the line and the key that is wrong: a set that was imported earlier stays as it was.
    """
    mapping = read_mapping(mapping_path)
    check_name(mapping.name, f"{mapping_path}: key 'name'")
    told = mapping.model_dump(mode="json")
    items = write_items(mapping.name, split, _ImportReader(path, mapping, images).questions)
    write_meta_of(mapping.name, split, told, [path, mapping_path])
    return items


def check_name(name: str, where: str) -> None:
    """SpaceNumError if a set of items of this project has the name."""
    if name in ("base", *variant_names()):
        raise SpaceNumError(f"{where} is '{name}', which is a set of items already; rename it")


def write_items(name: str, split: Split, read: Callable[[ImageFolder], list[ExternalQuestion]]) -> list[ExternalItem]:
    """Items of the questions that ``read`` makes, which writes their images into the folder that it is given. All of
    it appears, or nothing if ``read`` fails."""
    out = items_file(name, split)
    final, checks = out.with_suffix(".images"), out.with_suffix(".checks.json")
    with atomic_path(out) as items_path, atomic_path(checks) as checks_path, atomic_folder(final) as folder:
        items = as_asked(name, split, read(ImageFolder(folder, final)))
        write_text(checks_path, report(items))
        write_jsonl(items_path, items)
    return items


def items_file(name: str, split: Split) -> Path:
    """Where an imported set's items lie, below the study's folder."""
    return Path(IMPORTED.format(split=split, variant=name))


def as_asked(name: str, split: Split, questions: list[ExternalQuestion]) -> list[ExternalItem]:
    """Questions as items, their options as published."""
    return ExternalItems(name, PROTOCOLS["direct"], 0).items(questions, split)


def write_meta_of(name: str, split: Split, told: dict[str, Any], inputs: Sequence[Path]) -> None:
    """The meta file of an import. told: how it was read."""
    out = items_file(name, split)
    write_meta("import", told, "", hashes_of(inputs), [out, out.with_suffix(".checks.json")])


class _ImportReader:
    def __init__(self, path: Path, mapping: ItemMapping, images: Path) -> None:
        self._path, self._mapping, self._images = path, mapping, images

    def questions(self, folder: ImageFolder) -> list[ExternalQuestion]:
        """Each entry as a question, in the published order; its images are written into ``folder``."""
        self._check_file()
        self._folder = folder
        made: dict[str, ExternalQuestion] = {}
        for number, (line, entry) in enumerate(_entries(self._path, self._mapping.items)):
            place = f"{self._path}, line {line}"
            question = self._question(number, entry, place)
            if question.source in made:
                raise SpaceNumError(
                    f"{place}, key '{self._mapping.fields.id}': '{question.source}' stands twice in the file"
                )
            made[question.source] = question
        if not made:
            raise SpaceNumError(f"{self._path}: has no entries")
        return list(made.values())

    def _check_file(self) -> None:
        if not self._path.is_file():
            raise SpaceNumError(f"{self._path}: no such file; name the published JSON file")
        found = sha256_of(self._path)
        if self._mapping.sha256 not in (None, found):
            raise SpaceNumError(
                f"{self._path}: its SHA-256 is {found}, the mapping pins {self._mapping.sha256}; "
                f"take the file of revision {self._mapping.revision}"
            )

    def _question(self, number: int, entry: Any, place: str) -> ExternalQuestion:
        fields = self._mapping.fields
        question = self._text(entry, fields.question, place)
        images = [] if fields.images is None else _several(_value(entry, fields.images, place))
        shown = [self._image(image, fields.images, place) for image in images]
        options = self._options(entry, place)
        said = [option.text or str(option.image) for option in options]
        source = f"entry {number}" if fields.id is None else str(_value(entry, fields.id, place))
        answer = self._answer(entry, place, said)
        check_options(said, answer, place)
        first = next(iter([*shown, *(str(option.image) for option in options if option.image)]), None)
        return ExternalQuestion(
            source=source,
            cell=self._cell(entry, place),
            group=self._mapping.name,
            scene=Path(first).stem[:16] if first else hashlib.sha256(question.encode()).hexdigest()[:16],
            question=question,
            images=shown,
            options=options,
            answer=answer,
        )

    def _text(self, entry: Any, key: str, place: str) -> str:
        value = _value(entry, key, place)
        if not isinstance(value, str) or not value.strip():
            raise SpaceNumError(f"{place}, key '{key}': should be a text (got {str(value)[:80]!r})")
        return value.strip()

    def _options(self, entry: Any, place: str) -> list[OptionContent]:
        fields = self._mapping.fields
        shown = fields.option_images and _value(entry, fields.option_images, place, None)
        if fields.option_images and shown:
            return [OptionContent(image=self._image(i, fields.option_images, place)) for i in _by_letter(shown)]
        values = _by_letter(_value(entry, fields.options, place))
        if not all(isinstance(value, str | int | float) for value in values):
            raise SpaceNumError(f"{place}, key '{fields.options}': should hold texts (got {str(values)[:80]!r})")
        return [OptionContent(text=one_line(str(value))) for value in values]

    def _image(self, name: Any, key: str | None, place: str) -> str:
        place = f"{place}, key '{key}'"
        path = inside(self._images, str(name), place)
        if not isinstance(name, str) or not path.is_file():
            raise SpaceNumError(f"{place}: there is no image {path}; say where they are with --images")
        return self._folder.add(path.read_bytes(), place)

    def _answer(self, entry: Any, place: str, options: list[str]) -> int:
        key, kind = self._mapping.fields.answer, self._mapping.answer
        value = _value(entry, key, place)
        names: dict[str, list[Any]] = {
            "letter": list(LETTERS[: len(options)]),
            "index": list(range(len(options))),
            "text": options,
        }
        known = names[kind]
        given = one_line(str(value)) if kind != "index" else value
        if isinstance(given, bool) or given not in known:
            raise SpaceNumError(
                f"{place}, key '{key}': {str(value)[:80]!r} is no {kind} of its options; "
                "the mapping's 'answer' can be letter, index (from 0) or text"
            )
        return known.index(given)

    def _cell(self, entry: Any, place: str) -> str:
        keys, cells = self._mapping.fields.cell, self._mapping.cells
        if not keys:
            return self._mapping.name
        said = "/".join(str(_value(entry, key, place)) for key in keys)
        if cells and said not in cells:
            raise SpaceNumError(f"{place}, key '{'/'.join(keys)}': '{said}' has no name in the mapping's 'cells'")
        return cells.get(said, said)


def _value(entry: Any, key: str, place: str, default: Any = MISSING) -> Any:
    """What stands under a key with dots."""
    value = entry
    for step in key.split("."):
        if not isinstance(value, dict) or step not in value:
            if default is not MISSING:
                return default
            has = ", ".join(map(str, value)) if isinstance(value, dict) else f"no keys, it is {str(value)[:40]!r}"
            raise SpaceNumError(f"{place}, key '{key}': is missing; there are: {has}")
        value = value[step]
    return value


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _by_letter(value: Any) -> list[Any]:
    """Options in their order; those of an object by its keys, which are letters."""
    return [value[key] for key in sorted(value)] if isinstance(value, dict) else _several(value)


def _entries(path: Path, key: str | None) -> Iterator[tuple[int, Any]]:
    """(line, entry) of JSON Lines, a JSON list, or the list under a key of a JSON object."""
    text = read_text(path)
    if path.suffix == ".jsonl":
        for number, one in enumerate(text.split("\n"), start=1):
            if one.strip():
                yield number, parse_json(one, path, number)
        return
    whole = parse_json(text, path)
    found = whole if key is None else whole.get(key) if isinstance(whole, dict) else None
    if not isinstance(found, list):
        wanted = "it should be a list" if key is None else f"it has no list under '{key}'"
        keys = f"; its keys are {', '.join(whole)}" if isinstance(whole, dict) else ""
        raise SpaceNumError(f"{path}: {wanted}, as the mapping's 'items' says{keys}")
    yield from zip(_lines(text, key, len(found)), found, strict=True)


def _lines(text: str, key: str | None, count: int) -> list[int]:
    """The line on which each entry of the list begins; 1 of all if a text has its key twice, so that another list was
    found."""
    opened = re.search(rf'"{re.escape(key)}"\s*:\s*\[', text) if key else re.search(r"\[", text)
    if opened is None:  # a key that is written with escapes
        return [1] * count
    position, decoder, lines = opened.end(), json.JSONDecoder(), list[int]()
    line = text.count("\n", 0, position) + 1
    for _ in range(count):
        start = next((k for k in range(position, len(text)) if text[k] not in " \t\r\n,"), len(text))
        line += text.count("\n", position, start)
        lines.append(line)
        try:
            _, position = decoder.raw_decode(text, start)
        except ValueError:
            return [1] * count
        line += text.count("\n", start, position)
    return lines
