"""Right or wrong."""

from __future__ import annotations

from spacenum.asking.questions import letters_of
from spacenum.items.schema import AnyItem, Letter


def strict(item: AnyItem) -> dict[Letter, float]:
    """1 for the right letter, else 0."""
    return {letter: float(letter == item.answer) for letter in letters_of(item)}


REWARD = strict
