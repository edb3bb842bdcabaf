"""The constant answer: in each cell, the letter that is right most often (the first, where several are).

In cells of other benchmarks, items with fewer options have one of their own, which is always among them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.items.schema import LETTERS, AnyItem


class MajorityLetter:
    """Reads the answer key, on purpose: no constant answer can score more."""

    def answer(self, items: Sequence[AnyItem]) -> Iterator[Answer]:
        keys: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for item in items:
            keys[item.cell, len(item.options)][item.answer] += 1
        best = {cell: max(LETTERS, key=lambda letter: key[letter]) for cell, key in keys.items()}
        for item in items:
            letter = best[item.cell, len(item.options)]
            yield Answer(item=item.id, reply=letter, letter=letter, outcome="parsed")


def load(config: ModelConfig, context: Context) -> Model:
    return MajorityLetter()
