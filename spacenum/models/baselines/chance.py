"""Chance: every letter with equal probability, as a distribution, so that its expected score is exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.items.schema import AnyItem


class Chance:
    """Reads how many options an item has, nothing else."""

    def answer(self, items: Sequence[AnyItem]) -> Iterator[Answer]:
        for item in items:
            each = -log(len(item.options))
            yield Answer(item=item.id, outcome="distribution", letter_logprobs={o.letter: each for o in item.options})


def load(config: ModelConfig, context: Context) -> Model:
    return Chance()
