"""The constant answer: in each cell, the letter that is right most often (the first, where several are)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from spacenum.items.schema import LETTERS
from spacenum.models.base import Answer, Context, Model
from spacenum.models.questions import Item
from spacenum.models.settings import ModelConfig


class MajorityLetter:
    """Reads the answer key, on purpose: no constant answer can score more."""

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        keys: dict[str, Counter[str]] = defaultdict(Counter)
        for item in items:
            keys[item.cell][item.answer] += 1
        best = {cell: max(LETTERS, key=lambda letter: key[letter]) for cell, key in keys.items()}
        for item in items:
            yield Answer(item=item.id, reply=best[item.cell], letter=best[item.cell], outcome="parsed")


def load(config: ModelConfig, context: Context) -> Model:
    return MajorityLetter()
