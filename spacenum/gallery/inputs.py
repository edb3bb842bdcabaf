"""What the jobs that build galleries read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spacenum.asking.base import Answer
from spacenum.core.lookup import Lookup
from spacenum.gallery.build import ShownVariant
from spacenum.gallery.settings import GalleryParams
from spacenum.items.schema import ITEM, Item


def read_items(paths: Iterable[Path]) -> Lookup[Item]:
    """The items of several files, in their order, by id."""
    return Lookup(paths, ITEM, lambda item: item.id)


def shown_answers(paths: Iterable[Path]) -> Lookup[Answer]:
    """By item; of those that were asked several times, the first answer, to the item as it stands: what the page has
    room for."""
    return Lookup(paths, Answer, lambda answer: None if answer.repeat or answer.rotation else answer.item)


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
