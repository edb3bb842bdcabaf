"""The learning curve: what losses were, and what held-out training scenes show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spacenum.core.blocks import Block
from spacenum.items.schema import Item, Task, TransitionItem
from spacenum.pretraining.batches import Batch, BatchBuilder, Chunk, ImageBatch
from spacenum.pretraining.images import Images
from spacenum.pretraining.losses import AuxiliaryLosses, Category, Depth, Matching, Numbers, Position
from spacenum.pretraining.network import Network
from spacenum.pretraining.settings import Stage
from spacenum.pretraining.targets import Scenery
from spacenum.tuning.examples import IGNORED

FAMILIES_AT_ONCE = 8
QUESTIONS = 4
"""Asked about each family that measures."""


class Line(Block):
    """One line of ``training.csv``. step: the last of those that it tells of.

    measure: a loss (mean since the lines before, in training), or what held-out training scenes show: matched (share of
    tokens whose best match in another view is right), named (share of tokens on objects whose category is right), depth
    (mean difference of logarithms), position (mean error of points and boxes, units of the map), numbers (mean error in
    units of the map, of 30° or of 0.5 m), letters (percent right). of: which loss, or the group of questions. unseen:
    the same without looking: tokens matched to their own places, the usual value of each place, black images.
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
class Usual:
    """What each place of an image usually shows: the guess without looking at depth [tokens], category [tokens] and
    position [tokens, 9]."""

    depth: Tensor
    category: Tensor
    position: Tensor

    @classmethod
    def of(cls, scenery: Scenery, trained: Sequence[int]) -> Usual:
        """trained: rows of the images to train on."""
        targets, rows = scenery.targets, list(trained)
        return cls(
            depth=targets.depth[rows].nanmedian(0).values, category=targets.category[rows].mode(0).values,
            position=targets.positions[rows].nanmedian(0).values,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measurer:
    """Measures a network on families that it isn't trained on. measured: their indices."""

    network: Network
    losses: AuxiliaryLosses
    builder: BatchBuilder
    images: Images
    scenery: Scenery
    usual: Usual
    measured: Sequence[int]
    seed: int

    @torch.no_grad()
    def lines(self, step: int, stage: Stage, trained: Mapping[str, Sequence[float]]) -> list[Line]:
        """trained: losses since the lines before, by name."""
        told = [
            Line(step=step, stage=stage.name, measure="loss", of=name, value=_mean(values))
            for name, values in sorted(trained.items())
        ]
        self.network.eval()
        seen, unseen = _Tally(), _Tally()
        for batch in self._batches(stage):
            tokens = self.network.encode(batch.images, self.images)
            self._image_measures(batch.images, tokens, seen, unseen)
            black = self.network.encode(batch.images, self.images, black=True)
            for chunk in batch.chunks:
                self._language_measures(chunk, tokens, seen)
                if (chunk.image_tokens >= 0).any():
                    self._language_measures(chunk, black, unseen)
        self.network.train()
        return [*told, *seen.lines(step, stage.name, unseen)]

    def _batches(self, stage: Stage) -> Iterator[Batch]:
        device = next(self.network.parameters()).device
        asked = stage.model_copy(update={"questions": QUESTIONS if stage.questions else 0})
        for start in range(0, len(self.measured), FAMILIES_AT_ONCE):
            some, rng = self.measured[start : start + FAMILIES_AT_ONCE], np.random.default_rng([self.seed, start])
            yield self.builder.batch(asked, some, some if stage.lookups else [], rng, augment=False).to(device)

    def _image_measures(self, batch: ImageBatch, tokens: Tensor, seen: _Tally, unseen: _Tally) -> None:
        heads, targets = self.losses.image, batch.targets
        if len(batch.pairs) and isinstance(matching := heads["matching"], Matching):
            logp, right, shared = matching.compared(tokens, batch)
            best = right.gather(-1, logp.argmax(-1, keepdim=True))[..., 0] > 0
            seen.add("matched", best[shared])
            unseen.add("matched", (right.diagonal(dim1=-2, dim2=-1) > 0)[shared])
        if isinstance(category := heads["category"], Category):
            known = self.scenery.is_object(targets.category)
            seen.add("named", (category.head(tokens).argmax(-1) == targets.category)[known])
            unseen.add("named", (self.usual.category.to(known.device) == targets.category)[known])
        if isinstance(depth := heads["depth"], Depth):
            for tally, said in ((seen, depth.head(tokens)[..., 0]), (unseen, self.usual.depth.to(tokens.device))):
                away = (said - targets.depth).abs()
                tally.add("depth", away[away.isfinite()])
        if isinstance(position := heads["position"], Position):
            for tally, said in ((seen, position.head(tokens)), (unseen, self.usual.position.to(tokens.device))):
                away = (said - targets.positions).abs()
                tally.add("position", away[away.isfinite()])

    def _language_measures(self, chunk: Chunk, tokens: Tensor, tally: _Tally) -> None:
        states = self.network.states(chunk, tokens)
        said, numbers = self.network.logits(states, chunk.labels).argmax(-1), self.losses.language["numbers"]
        kept = chunk.labels != IGNORED
        right = torch.ones_like(kept)
        right[kept] = said == chunk.labels[kept]
        assert isinstance(numbers, Numbers)
        away = torch.full((*chunk.summaries.shape, chunk.numbers.shape[-1]), torch.nan, device=said.device)
        away[chunk.summaries >= 0] = numbers.errors(states, chunk)
        for row, example in enumerate(chunk.examples):
            of = "lookups" if example.is_lookup else group_of(example.item)
            tally.add("letters", 100.0 * right[row].all()[None], of, example.item.task)
            there = chunk.numbers[row].abs().sum(0) > 0
            shown = slice(-1, None) if example.item.task == "space2num" else slice(0, -1)  # those behind images
            tally.add("numbers", away[row, shown][:, there].flatten(), of, example.item.task)


def group_of(item: Item) -> str:
    """What the learning curve calls a question: rotations, moves, or the dimensions of a layout."""
    if isinstance(item, TransitionItem):
        return "rotations" if item.group.startswith("rotate") else "moves"
    return item.group


class _Tally:
    """Means by measure, group and task."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str | None, Task | None], list[float]] = defaultdict(list)

    def add(self, measure: str, values: Tensor, of: str | None = None, task: Task | None = None) -> None:
        finite = values.float()
        self._values[measure, of, task] += finite[finite.isfinite()].tolist()

    def lines(self, step: int, stage: str, unseen: _Tally) -> Iterator[Line]:
        """The means, beside those of ``unseen``."""
        for key, values in sorted(self._values.items(), key=str):
            if values:
                measure, of, task = key
                blind = unseen._values.get(key)
                yield Line(
                    step=step, stage=stage, measure=measure, of=of, task=task, value=_mean(values),
                    unseen=_mean(blind) if blind else None,
                )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)
