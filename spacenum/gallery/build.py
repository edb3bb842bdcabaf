"""Write the gallery: ``index.html`` (overview, filters, script) and ``items.js`` (what the filters need of each item)
beside it. Items and answers are in ``items/<number>.js``, and their variants in ``variants/<number>.js``, each with
ITEMS_A_FILE items, which the page loads when it shows or searches them.

The page works from the file system: a browser forbids ``fetch`` there, so the data are scripts. Frames are not copied;
the page refers to them by their paths relative to the study's folder.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from markupsafe import Markup

from spacenum.asking.base import Answer, ModelInfo
from spacenum.core.errors import SpaceNumError
from spacenum.core.pages import content_policy, page_templates
from spacenum.core.provenance import atomic_folder, write_text
from spacenum.gallery.settings import TEMPLATES
from spacenum.items.schema import CELLS, LETTERS, Item, Letter
from spacenum.scoring.rows import ScoreRow, score_answers
from spacenum.traces.labels import TraceLabels

FILES = "'self' file:"
"""Where data and images come from: a browser may say that a page from the file system has no origin of its own."""
ITEMS_A_FILE = 200
T = TypeVar("T")
VERDICTS = {"right": "r", "wrong": "w", "unparsed": "u", "expected": "e"}
"""What stands for a verdict in ``items.js``, where each model has a string with a letter an item; ``n``: no answer."""
FILTERS = ("cell", "setting", "task", "group", "scale", "split", "variant")

Answers = Sequence[Answer] | Mapping[str, Answer]
"""To items, each one; or the same by item."""
ByItem = dict[str, tuple[Answer, ScoreRow, list[TraceLabels]]]
Verdicts = dict[str, tuple[str, float]]
"""What became of a model's answers, by item, and their scores."""


@dataclass(frozen=True)
class Tally:
    """A model's answers to some items: ``score`` sums right answers and, for distributions, expected scores."""

    answers: int
    score: float
    unparsed: int


@dataclass(frozen=True)
class OverviewRow:
    """One line of the overview; ``cell`` is None in the line for all items."""

    cell: str | None
    items: int
    letters: dict[Letter, int]
    tallies: list[Tally]


@dataclass(frozen=True, slots=True)
class Indexed:
    """What overview and filters need of an item: all that is kept of it, for a large study has many."""

    id: str
    cell: str
    setting: str
    task: str
    group: str
    scale: str | None
    split: str
    variant: str
    scene: str
    family: str
    answer: Letter


@dataclass(frozen=True)
class ShownVariant:
    """A variant of the items: what it changes, in words, its items by the ids of the base's, and the answers to them by
    model."""

    name: str
    changes: str
    items: Mapping[str, Item]
    answers: Mapping[str, Answers]


def build_gallery(
    items: Collection[Item],
    answers: Sequence[tuple[ModelInfo, Answers]],
    out: Path,
    *,
    variants: Sequence[ShownVariant] = (),
    root: str = "../..",
    title: str = "SpaceNum item gallery",
    caption: str = "",
    labels: Sequence[TraceLabels] = (),
    home: str | None = None,
) -> None:
    """Write ``index.html``, ``items.js`` and the folder ``items`` into the folder ``out``; with variants, the folder
    ``variants`` too.

    items: shown in this order; gone through twice, never all at once. answers: one entry a model, in the order of the
    columns; a model need not have answered every item, and answers to items that are not shown are left out. variants:
    shown beside the items.
    root: the folder that image paths start from, as seen from ``out``. home: the page that this one belongs to.
    """
    indexed = [*map(_indexed, items)]
    _check(indexed)
    models = [model for model, _ in answers]
    _unique((model.name for model in models), "models are called")
    given = [(model, _given(model, some)) for model, some in answers]
    verdicts = _write_items(items, given, _by_model(labels), out / "items")
    head = {
        "root": root,
        "models": [model.model_dump(mode="json") for model in models],
        "variants": {variant.name: variant.changes for variant in variants},
        "perFile": ITEMS_A_FILE,
    }
    write_text(out / "items.js", f"const GALLERY = {_json({'head': head, **_index(indexed, verdicts)})};\n")
    if variants:
        _write_variants([one.id for one in indexed], models, variants, out / "variants")
    environment = page_templates(TEMPLATES)
    style, *scripts = (
        Markup((TEMPLATES / name).read_text(encoding="utf-8")) for name in ("gallery.css", "variants.js", "gallery.js")
    )
    page = environment.get_template("index.html.j2").render(
        title=title,
        caption=caption,
        home=home,
        style=style,
        scripts=scripts,
        policy=content_policy(scripts, [style], script_src=FILES, img_src=f"{FILES} data:"),
        models=models,
        rows=_overview(indexed, verdicts),
        letters=LETTERS,
        choices={key: _values(indexed, key) for key in FILTERS},
    )
    write_text(out / "index.html", page)


def _indexed(item: Item) -> Indexed:
    return Indexed(**{field.name: getattr(item, field.name) for field in fields(Indexed)})


def _check(items: Sequence[Indexed]) -> None:
    _unique((item.id for item in items), "items have the id")
    for item in items:
        if item.cell not in CELLS:
            raise SpaceNumError(f"gallery: item {item.id} has the cell '{item.cell}', which is none of the 20 cells")


def _unique(names: Iterable[str], what: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise SpaceNumError(f"gallery: {count} {what} '{name}'; it must be unique")


def _given(model: ModelInfo, answers: Answers) -> Mapping[str, Answer]:
    """A model's answers by item."""
    if isinstance(answers, Mapping):
        return answers
    _unique((answer.item for answer in answers), f"answers of {model.name} are for the item")
    return {answer.item: answer for answer in answers}


def _by_model(labels: Iterable[TraceLabels]) -> dict[tuple[str, str], list[TraceLabels]]:
    """The labels of each model's trace for each item."""
    found: dict[tuple[str, str], list[TraceLabels]] = defaultdict(list)
    for one in labels:
        found[one.model, one.item].append(one)
    return found


def _by_item(
    items: Sequence[Item], model: ModelInfo, given: Mapping[str, Answer], labels: Mapping[Any, list[TraceLabels]]
) -> ByItem:
    """A model's answers to some of the items that are shown, with their scores and the labels of their traces."""
    answers = {item.id: given[item.id] for item in items if item.id in given}
    rows = score_answers([item for item in items if item.id in answers], answers.values())
    return {row.item: (answers[row.item], row, labels.get((model.name, row.item), [])) for row in rows}


def _values(items: Sequence[Indexed], key: str) -> list[str]:
    """The values that occur, cells in their table's order, others as they first appear."""
    found = dict.fromkeys(str(value) for item in items if (value := getattr(item, key)) is not None)
    return [cell for cell in CELLS if cell in found] if key == "cell" else list(found)


def _overview(items: Sequence[Indexed], verdicts: Sequence[Verdicts]) -> list[OverviewRow]:
    cells: dict[str, list[Indexed]] = {cell: [] for cell in CELLS}
    for item in items:
        cells[item.cell].append(item)
    return [*(_row(cell, shown, verdicts) for cell, shown in cells.items()), _row(None, items, verdicts)]


def _row(cell: str | None, items: Sequence[Indexed], verdicts: Sequence[Verdicts]) -> OverviewRow:
    letters = Counter(item.answer for item in items)
    return OverviewRow(cell, len(items), {k: letters[k] for k in LETTERS}, [_tally(items, given) for given in verdicts])


def _tally(items: Sequence[Indexed], given: Verdicts) -> Tally:
    known = [given[item.id] for item in items if item.id in given]
    return Tally(len(known), math.fsum(score for _, score in known), sum(said == "unparsed" for said, _ in known))


def _verdict(row: ScoreRow) -> str:
    """What the gallery calls an answer: a reply that was cut off is one of the unparsed."""
    return "unparsed" if row.outcome == "truncated" else row.outcome


def _index(items: Sequence[Indexed], verdicts: Sequence[Verdicts]) -> dict[str, Any]:
    """What filters need: ids; for each other key its values, and for each item the number of its own; verdicts."""
    keys: dict[str, Any] = {}
    for key in (*FILTERS, "scene", "family"):
        found = [getattr(item, key) for item in items]
        values = {value: number for number, value in enumerate(dict.fromkeys(found))}
        keys[key] = {"values": [*values], "of": [values[value] for value in found]}
    said = ["".join(VERDICTS[given[item.id][0]] if item.id in given else "n" for item in items) for given in verdicts]
    return {"ids": [item.id for item in items], "keys": keys, "verdicts": said}


def _files(things: Iterable[T]) -> Iterator[tuple[str, list[T]]]:
    """The name of each file of items, and what is in it."""
    rest = iter(things)
    for number, some in enumerate(iter(lambda: [*islice(rest, ITEMS_A_FILE)], [])):
        yield f"{number:04d}.js", some


def _write_items(
    items: Iterable[Item],
    given: Sequence[tuple[ModelInfo, Mapping[str, Answer]]],
    labels: Mapping[Any, list[TraceLabels]],
    folder: Path,
) -> list[Verdicts]:
    """Scripts that hand the page its items: one line an item, its answers in the models' order (null: none given).
    Returns each model's verdicts."""
    verdicts: list[Verdicts] = [{} for _ in given]
    with atomic_folder(folder) as temporary:
        for name, some in _files(items):
            by_item = [_by_item(some, model, answers, labels) for model, answers in given]
            for known, found in zip(verdicts, by_item, strict=True):
                known |= {item: (_verdict(row), row.score) for item, (_, row, _) in found.items()}
            lines = ",\n".join(_json(_record(item, by_item)) for item in some)
            write_text(temporary / name, f"addItems([\n{lines}\n]);\n")
    return verdicts


def _record(item: Item, by_item: Sequence[ByItem]) -> dict[str, Any]:
    answers = [_said(*given[item.id]) if item.id in given else None for given in by_item]
    return item.model_dump(mode="json") | {"answers": answers}


def _write_variants(
    ids: Sequence[str], models: Sequence[ModelInfo], variants: Sequence[ShownVariant], folder: Path
) -> None:
    """The same for variants, in files of the same names: one line an item that has some."""
    given = [[(model, _given(model, one.answers.get(model.name, []))) for model in models] for one in variants]
    with atomic_folder(folder) as temporary:
        for name, some in _files(ids):
            found: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for variant, answers in zip(variants, given, strict=True):
                items = [variant.items[item] for item in some if item in variant.items]
                by_item = [_by_item(items, model, known, {}) for model, known in answers]
                for item in items:
                    found[item.id].append(_record(item, by_item))
            lines = ",\n".join(f"{_json(item)}: {_json(found[item])}" for item in some if item in found)
            write_text(temporary / name, f"addVariants({{\n{lines}\n}});\n")


def _said(answer: Answer, row: ScoreRow, labels: Sequence[TraceLabels]) -> dict[str, Any]:
    said: dict[str, Any] = {"verdict": _verdict(row)}
    said |= answer.model_dump(mode="json", include={"outcome", "letter", "reply", "reason"}, exclude_none=True)
    if answer.outcome == "distribution":
        said["score"] = row.score
        said["probabilities"] = {k: math.exp(v) for k, v in sorted((answer.letter_logprobs or {}).items())}
    if labels:
        shown = {"source", "outcome", "failures", "evidence"}
        said["labels"] = [one.model_dump(mode="json", include=shown) for one in labels]
    return said


def _json(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))
