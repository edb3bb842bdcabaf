"""A classifier trained on text alone, cross-validated over families: above luck, it has found a leak in the key
(``spacenum.items.leaks`` says what it reads, and tests that in every build)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.items.leaks import BlindClassifier, blocks, by_cell
from spacenum.items.schema import Item, Letter


class TrainedBlind:
    """Learns each cell apart; of a large one, each block of its families."""

    def __init__(self, context: Context) -> None:
        self._seed = context.seed

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        letters: dict[str, Letter] = {}
        for own in (block for of_cell in by_cell(items).values() for block in blocks(of_cell)):
            if len({item.family for item in own}) > 1:
                found = BlindClassifier(own, self._seed).answers([item.answer for item in own])
                letters |= {item.id: letter for item, letter in zip(own, found, strict=True)}
        for item in items:
            if letter := letters.get(item.id):
                yield Answer(item=item.id, reply=letter, letter=letter, outcome="parsed")
            else:
                yield Answer(item=item.id, outcome="unparsed", reason="fewer than two families to train and test on")


def load(config: ModelConfig, context: Context) -> Model:
    return TrainedBlind(context)
