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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
VERDICTS = {"right": "r", "wrong": "w", "unparsed": "u", "expected": "e"}
"""What stands for a verdict in ``items.js``, where each model has a string with a letter an item; ``n``: no answer."""
FILTERS = ("cell", "setting", "task", "group", "scale", "split", "variant")

ByItem = dict[str, tuple[Answer, ScoreRow, list[TraceLabels]]]


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


@dataclass(frozen=True)
class ShownVariant:
    """A variant of the items: what it changes, in words, its items under the ids of the base's, and the answers to them
    by model."""

    name: str
    changes: str
    items: Sequence[Item]
    answers: Mapping[str, Sequence[Answer]]


def build_gallery(
    items: Sequence[Item],
    answers: Sequence[tuple[ModelInfo, Sequence[Answer]]],
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

    items: shown in this order. answers: one entry a model, in the order of the columns; a model need not have answered
    every item, and answers to items that are not shown are left out. variants: shown beside the items.
    root: the folder that image paths start from, as seen from ``out``. home: the page that this one belongs to.
    """
    _check(items)
    models = [model for model, _ in answers]
    _unique((model.name for model in models), "models are called")
    by_item = [_by_item(items, model, given, labels) for model, given in answers]
    head = {
        "root": root,
        "models": [model.model_dump(mode="json") for model in models],
        "variants": {variant.name: variant.changes for variant in variants},
        "perFile": ITEMS_A_FILE,
    }
    write_text(out / "items.js", f"const GALLERY = {_json({'head': head, **_index(items, by_item)})};\n")
    _write_items(items, by_item, out / "items")
    if variants:
        _write_variants(items, models, variants, out / "variants")
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
        rows=_overview(items, by_item),
        letters=LETTERS,
        choices={key: _values(items, key) for key in FILTERS},
    )
    write_text(out / "index.html", page)


def _check(items: Sequence[Item]) -> None:
    _unique((item.id for item in items), "items have the id")
    for item in items:
        if item.cell not in CELLS:
            raise SpaceNumError(f"gallery: item {item.id} has the cell '{item.cell}', which is none of the 20 cells")


def _unique(names: Iterable[str], what: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise SpaceNumError(f"gallery: {count} {what} '{name}'; it must be unique")


def _by_item(
    items: Sequence[Item], model: ModelInfo, answers: Sequence[Answer], labels: Sequence[TraceLabels]
) -> ByItem:
    """A model's answers to the items that are shown, with their scores and the labels of their traces."""
    _unique((answer.item for answer in answers), f"answers of {model.name} are for the item")
    given = {answer.item: answer for answer in answers}
    answered = [item for item in items if item.id in given]
    rows = score_answers(answered, [given[item.id] for item in answered])
    said: dict[str, list[TraceLabels]] = defaultdict(list)
    for one in labels:
        if one.model == model.name:
            said[one.item].append(one)
    return {row.item: (given[row.item], row, said[row.item]) for row in rows}


def _values(items: Sequence[Item], key: str) -> list[str]:
    """The values that occur, cells in their table's order, others as they first appear."""
    found = dict.fromkeys(str(value) for item in items if (value := getattr(item, key)) is not None)
    return [cell for cell in CELLS if cell in found] if key == "cell" else list(found)


def _overview(items: Sequence[Item], by_item: Sequence[ByItem]) -> list[OverviewRow]:
    cells: dict[str, list[Item]] = {cell: [] for cell in CELLS}
    for item in items:
        cells[item.cell].append(item)
    return [*(_row(cell, shown, by_item) for cell, shown in cells.items()), _row(None, items, by_item)]


def _row(cell: str | None, items: Sequence[Item], by_item: Sequence[ByItem]) -> OverviewRow:
    letters = Counter(item.answer for item in items)
    return OverviewRow(cell, len(items), {k: letters[k] for k in LETTERS}, [_tally(items, given) for given in by_item])


def _tally(items: Sequence[Item], given: ByItem) -> Tally:
    rows = [given[item.id][1] for item in items if item.id in given]
    return Tally(len(rows), math.fsum(row.score for row in rows), sum(_verdict(row) == "unparsed" for row in rows))


def _verdict(row: ScoreRow) -> str:
    """What the gallery calls an answer: a reply that was cut off is one of the unparsed."""
    return "unparsed" if row.outcome == "truncated" else row.outcome


def _index(items: Sequence[Item], by_item: Sequence[ByItem]) -> dict[str, Any]:
    """What filters need: ids; for each other key its values, and for each item the number of its own; verdicts."""
    keys: dict[str, Any] = {}
    for key in (*FILTERS, "scene", "family"):
        found = [getattr(item, key) for item in items]
        values = {value: number for number, value in enumerate(dict.fromkeys(found))}
        keys[key] = {"values": [*values], "of": [values[value] for value in found]}
    verdicts = [
        "".join(VERDICTS[_verdict(given[item.id][1])] if item.id in given else "n" for item in items)
        for given in by_item
    ]
    return {"ids": [item.id for item in items], "keys": keys, "verdicts": verdicts}


def _files(items: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item]]]:
    """The name of each file of items, and what is in it."""
    for number, first in enumerate(range(0, len(items), ITEMS_A_FILE)):
        yield f"{number:04d}.js", items[first : first + ITEMS_A_FILE]


def _write_items(items: Sequence[Item], by_item: Sequence[ByItem], folder: Path) -> None:
    """Scripts that hand the page its items: one line an item, its answers in the models' order (null: none given)."""
    with atomic_folder(folder) as temporary:
        for name, some in _files(items):
            lines = ",\n".join(_json(_record(item, by_item)) for item in some)
            write_text(temporary / name, f"addItems([\n{lines}\n]);\n")


def _record(item: Item, by_item: Sequence[ByItem]) -> dict[str, Any]:
    answers = [_said(*given[item.id]) if item.id in given else None for given in by_item]
    return item.model_dump(mode="json") | {"answers": answers}


def _write_variants(
    items: Sequence[Item], models: Sequence[ModelInfo], variants: Sequence[ShownVariant], folder: Path
) -> None:
    """The same for variants, in files of the same names: one line an item that has some."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for variant in variants:
        _unique((item.id for item in variant.items), f"items of the variant {variant.name} have the id")
        by_item = [_by_item(variant.items, model, variant.answers.get(model.name, []), ()) for model in models]
        for item in variant.items:
            found[item.id].append(_record(item, by_item))
    with atomic_folder(folder) as temporary:
        for name, some in _files(items):
            lines = ",\n".join(f"{_json(item.id)}: {_json(found[item.id])}" for item in some if item.id in found)
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
