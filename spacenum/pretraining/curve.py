"""The learning curve: losses in training, and the same losses and letters on held-out training scenes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spacenum.core.blocks import Block
from spacenum.items.schema import Item, Task, TransitionItem
from spacenum.pretraining.batches import Batch, BatchBuilder, moved_to
from spacenum.pretraining.images import Images
from spacenum.pretraining.losses import AuxiliaryLosses
from spacenum.pretraining.network import Network
from spacenum.pretraining.settings import Stage
from spacenum.tuning.examples import IGNORED

FAMILIES_AT_ONCE = 8
QUESTIONS = 4
"""Asked about each family that measures."""
MeasureKey = tuple[str, str | None, Task | None]


class Line(Block):
    """One line of ``training.csv``. step: the last of those that it tells of.

    measure: training (mean since the lines before), or on held-out scenes: loss, letters (percent right). of: which
    loss, or the group of questions. unseen: the same with black images.
    """

    step: int
    stage: str
    measure: str
    of: str | None = None
    task: Task | None = None
    value: float
    unseen: float | None = None

    def __str__(self) -> str:
        words = " ".join(word for word in (self.measure, self.of, self.task) if word)
        return f"{words} {self.value}" + ("" if self.unseen is None else f" ({self.unseen})")


@dataclass(frozen=True, kw_only=True)
class Measurer:
    """Measures a network on families that it isn't trained on. measured: their indices."""

    network: Network
    losses: AuxiliaryLosses
    builder: BatchBuilder
    images: Images
    measured: Sequence[int]
    seed: int

    @torch.no_grad()
    def lines(self, step: int, stage: Stage, trained: Mapping[str, Sequence[float]]) -> list[Line]:
        """trained: losses since the lines before, by name."""
        told = [
            Line(step=step, stage=stage.name, measure="training", of=name, value=_mean(values))
            for name, values in sorted(trained.items())
        ]
        self.network.eval()
        seen, unseen = defaultdict[MeasureKey, list[float]](list), defaultdict[MeasureKey, list[float]](list)
        for batch in self._batches(stage):
            for tally, black in ((seen, False), (unseen, True)):
                for key, value in self._measures(batch, self.network.encode(batch.images, self.images, black)):
                    tally[key].append(value)
        self.network.train()
        for (measure, of, task), values in sorted(seen.items(), key=str):
            blind = None if of == "lookups" else _mean(unseen[measure, of, task])
            told.append(
                Line(
                    step=step, stage=stage.name, measure=measure, of=of, task=task, value=_mean(values), unseen=blind
                )
            )  # fmt: skip
        return told

    def _batches(self, stage: Stage) -> Iterator[Batch]:
        device = next(self.network.parameters()).device
        asked = stage.model_copy(update={"questions": QUESTIONS if stage.questions else 0})
        for start in range(0, len(self.measured), FAMILIES_AT_ONCE):
            some, rng = self.measured[start : start + FAMILIES_AT_ONCE], np.random.default_rng([self.seed, start])
            yield moved_to(self.builder.batch(asked, some, some if stage.lookups else [], rng, augment=False), device)

    def _measures(self, batch: Batch, tokens: Tensor) -> Iterator[tuple[MeasureKey, float]]:
        for name, loss in self.losses.of_images(tokens, batch.images).items():
            yield ("loss", name, None), float(loss)
        for chunk in batch.chunks:
            states = self.network.states(chunk, tokens)
            for name, loss in self.losses.of_language(states, chunk).items():
                yield ("loss", name, None), float(loss)
            said = torch.full_like(chunk.labels, IGNORED)
            said[chunk.labels != IGNORED] = self.network.logits(states, chunk.labels).argmax(-1)
            right = ((said == chunk.labels) & (chunk.labels != IGNORED)).cpu()
            for row, example in enumerate(chunk.examples):
                of, task = "lookups" if example.is_lookup else group_of(example.items[0]), example.items[0].task
                yield ("letters", of, task), 100 * float(right[row, example.queries].float().mean())


def group_of(item: Item) -> str:
    """What the learning curve calls a question: rotations, moves, or the dimensions of a layout."""
    if isinstance(item, TransitionItem):
        return "rotations" if item.group.startswith("rotate") else "moves"
    return item.group


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / max(1, len(values)), 4)
