"""The learning curve: what losses were, and what held-out training scenes show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spacenum.core.blocks import Block
from spacenum.items.schema import Task
from spacenum.pretraining.batches import Batch, Chunk, Classroom
from spacenum.pretraining.matching import matching_loss, staying
from spacenum.pretraining.network import Network
from spacenum.pretraining.settings import Stage
from spacenum.pretraining.tokens import Seen, depth_error
from spacenum.pretraining.views import Views
from spacenum.pretraining.writing import Written
from spacenum.tuning.examples import IGNORED

TEST_STEP = 8  # families that measure at once


class Line(Block):
    """One line of ``training.csv``. step: the last of those that it tells of.

    measure: a loss (mean since the lines before, in training), or what held-out training scenes show: matched (share of
    tokens that pick a right token of the other view), depth (mean difference of logarithms), named (share of tokens),
    moved (mean error, as a share of the image), corners (mean error in units of the map), numbers, letters (percent of
    right ones). of: which loss, or what the numbers measure. unseen: the same without looking: tokens that stay in
    their place, the usual depth and name of each place, else black images.
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


@dataclass(frozen=True)
class Usual:
    """What each place of an image usually shows, [tokens] each: the blind guess at log depths and names."""

    logs: Tensor
    names: Tensor

    @classmethod
    def of(cls, seen: Seen, learnt: Sequence[int], device: torch.device) -> Usual:
        """learnt: the images that may be learnt from."""
        rows = list(learnt)
        return cls(seen.logs[rows].nanmedian(0).values.to(device), seen.names[rows].mode(0).values.to(device))


class Measurer:
    """Measures a network on families that it doesn't learn from."""

    def __init__(
        self, network: Network, room: Classroom, views: Views, seen: Seen, usual: Usual, tests: Sequence[int], seed: int
    ) -> None:
        self._network, self._room, self._views, self._seen = network, room, views, seen
        self._usual, self._tests, self._seed = usual, tests, seed

    @torch.no_grad()
    def lines(self, step: int, stage: Stage, losses: Mapping[str, Sequence[float]]) -> list[Line]:
        """losses: since the lines before, by name."""
        told = [
            Line(step=step, stage=stage.name, measure="loss", of=name, value=round(sum(values) / len(values), 4))
            for name, values in sorted(losses.items())
        ]
        self._network.eval()
        found, blind = _Tally(), _Tally()
        for batch in self._batches(stage):
            tokens = self._network.tokens(batch, self._views)
            if stage.of_tokens:
                self._tokens(batch, tokens, found, blind)
            black = self._network.tokens(batch, self._views, black=True)
            for chunk in batch.chunks:
                self._replies(chunk, tokens, found, stage)
                if (chunk.slots >= 0).any():
                    self._replies(chunk, black, blind, stage)
        self._network.train()
        return [*told, *found.lines(step, stage.name, blind)]

    def _batches(self, stage: Stage) -> Iterator[Batch]:
        device = self._usual.logs.device
        for start in range(0, len(self._tests), TEST_STEP):
            rng, some = np.random.default_rng([self._seed, start]), self._tests[start : start + TEST_STEP]
            told, drilled = (some if count else [] for count in (stage.look_ups, stage.drills))
            yield self._room.batch(stage, some, told, drilled, rng, 1.0, vary=False).to(device)

    def _tokens(self, batch: Batch, tokens: Tensor, found: _Tally, unseen: _Tally) -> None:
        if len(batch.pairs):
            features = self._network.matching(tokens)
            _, share = matching_loss(features[batch.pairs[:, 0]], features[batch.pairs[:, 1]], batch.places)
            found.add("matched", float(share))
            unseen.add("matched", staying(batch.places))
        logs, names = self._seen.shown(batch.rows, batch.mirrored)
        if logs.isfinite().any():
            found.add("depth", float(depth_error(self._network.depth(tokens.float())[..., 0], logs)))
            unseen.add("depth", float(depth_error(self._usual.logs.expand_as(logs), logs)))
        known = self._seen.is_object(names)
        if known.any():
            found.add("named", float((self._network.names(tokens.float()).argmax(-1) == names)[known].float().mean()))
            unseen.add("named", float((self._usual.names.expand_as(names) == names)[known].float().mean()))

    def _replies(self, chunk: Chunk, tokens: Tensor, found: _Tally, stage: Stage) -> None:
        """Right numbers and letters. Each word is asked for behind the true ones before it: if all are right, so is the
        reply as it would be written."""
        kept = chunk.labels != IGNORED
        states = self._network.states(chunk, tokens)
        if stage.inner and chunk.moved.isfinite().any():
            found.add("moved", self._network.inner.moved_error(states.middle, chunk))
        if stage.inner and chunk.corners.isfinite().any():
            found.add("corners", self._network.inner.corner_error(states.late, chunk, self._network.words))
        said = self._network.logits(states.end, chunk.labels).argmax(-1)
        right = torch.zeros_like(kept)
        right[kept] = said == chunk.labels[kept]
        for row, written in enumerate(chunk.prompts):
            words = chunk.labels[row][kept[row]]
            letters = torch.isin(words, self._room.letters.to(words.device)).tolist()
            _count(written, right[row][kept[row]].tolist(), words.tolist(), letters, self._room.newline, found)


def _count(
    written: Written, right: Sequence[bool], words: Sequence[int], letters: Sequence[bool], newline: int, found: _Tally
) -> None:
    """Tell what of one reply is right. letters: which of its words are."""
    if written.lesson == "views":
        return
    if written.lesson == "drills":
        found.add("letters", 100 * sum(right) / len(right), "drills", written.task)
        return
    lines = _by_line(right, words, newline)
    if written.lesson in ("parts", "numbers"):
        numbers = lines
    else:
        of = "look-ups" if written.lesson == "look_ups" else written.subject
        chosen = [one for one, letter in zip(right, letters, strict=True) if letter][-2:]
        found.add("letters", 100 * all(chosen), of, written.task)
        # Space2Num's options and all of a look-up's are copied from the prompt
        numbers = lines[:-2] if written.lesson == "spoken" and written.task == "num2space" else []
    for line in numbers:
        found.add("numbers", 100 * line, written.subject, written.task)


def _by_line(right: Sequence[bool], tokens: Sequence[int], newline: int) -> list[bool]:
    """Whether all tokens of each line are right."""
    ends = [place + 1 for place, token in enumerate(tokens) if token == newline]
    starts = [0, *ends]
    return [all(right[start:end]) for start, end in zip(starts, [*ends, len(tokens)], strict=True)]


class _Tally:
    """Means by measure, subject and task."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str | None, Task | None], list[float]] = defaultdict(list)

    def add(self, measure: str, value: float, of: str | None = None, task: Task | None = None) -> None:
        self._values[measure, of, task].append(value)

    def lines(self, step: int, stage: str, unseen: _Tally) -> Iterator[Line]:
        """The means, beside those of ``unseen``."""
        for key, values in sorted(self._values.items(), key=str):
            measure, of, task = key
            hidden = unseen._values.get(key)
            yield Line(
                step=step, stage=stage, measure=measure, of=of, task=task, value=_mean(values),
                unseen=_mean(hidden) if hidden else None,
            )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)
