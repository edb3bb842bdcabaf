"""What the jobs that build galleries read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spacenum.asking.base import Answer
from spacenum.core.provenance import read_jsonl
from spacenum.gallery.build import ShownVariant
from spacenum.gallery.settings import GalleryParams
from spacenum.items.schema import ITEM, Item


def read_items(paths: Iterable[Path]) -> list[Item]:
    """The items of several files, in their order."""
    return [item for path in paths for item in read_jsonl(path, ITEM)]


def shown_answers(paths: Iterable[Path]) -> list[Answer]:
    """Of items that were asked several times, the first answer, to the item as it stands:
    what the page has room for."""
    answers = [answer for path in paths for answer in read_jsonl(path, Answer)]
    return [answer for answer in answers if not answer.repeat and not answer.rotation]


def read_variants(
    params: GalleryParams, items: Mapping[str, Sequence[Path]], answers: Mapping[str, Sequence[Path]]
) -> list[ShownVariant]:
    """The variants that are shown. items: files by variant. answers: files by '<variant>/<model>'."""
    return [
        ShownVariant(
            name,
            changes,
            read_items(items.get(name, [])),
            {model.name: shown_answers(answers.get(f"{name}/{model.name}", [])) for model in params.models},
        )
        for name, changes in params.variants.items()
    ]
