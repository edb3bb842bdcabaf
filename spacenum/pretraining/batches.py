"""What each step of the curriculum is made of: a function of seed and step alone, so that a resumed run finds it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Picture
from torch import Tensor

from spacenum.items.families import Item
from spacenum.models.questions import letters_of
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import Pixels, PromptMaker, image_paths
from spacenum.pretraining.lessons import Teacher
from spacenum.pretraining.settings import LessonName, Pretraining, Stage
from spacenum.pretraining.views import Views
from spacenum.tuning.examples import AnsweredMaker, Collator, Example, example


@dataclass(frozen=True)
class Chunk:
    """Prompts of one kind that go through the model at once. rows, gains: of their images, in order. rest: the model's other
    arguments. share: of the answers' tokens of this kind in the step."""

    lesson: LessonName
    rest: dict[str, Any]
    labels: Tensor
    rows: Tensor
    gains: Tensor
    share: float


@dataclass(frozen=True)
class Batch:
    """One step. pairs: which are matched; gains: of their first views, then of their second ones, [2 * pairs, 3]. far: whose
    depth is told, and their gains. progress: share of the stage's steps before it."""

    stage: Stage
    progress: float
    pairs: Tensor
    gains: Tensor
    far: Tensor
    far_gains: Tensor
    chunks: list[Chunk]


class Classroom:
    """Makes lessons into tensors. items: all that may be asked."""

    def __init__(self, items: Sequence[Item], loaded: Loaded, views: Views, settings: Pretraining) -> None:
        self.items, self._loaded, self._views, self._settings = items, loaded, views, settings
        self._teacher, self._maker, self._collate = Teacher(), PromptMaker(loaded, Path(), False), Collator(loaded)
        blank = Picture.new("RGB", (views.images.shape[-1],) * 2)
        found = loaded.processor.image_processor([blank], return_tensors="pt", **loaded.image_arguments)
        words = loaded.processor.replace_image_token(found, 0)
        self._blank = Pixels(found["pixel_values"][:0], found["image_grid_thw"], words)

    def chunks(
        self, name: LessonName, chosen: Sequence[tuple[int, int]], rng: np.random.Generator | None = None
    ) -> list[Chunk]:
        """Lessons on (item, rotation), like lengths together. rng: what varies the images' colours; None leaves them."""
        made = sorted((self._example(name, *one) for one in chosen), key=lambda example: len(example.whole.ids))
        size, every = self._settings.micro_batch, sum(example.answer for example in made)
        return [self._chunk(name, made[start : start + size], every, rng) for start in range(0, len(made), size)]

    def gains(self, count: int, rng: np.random.Generator | None) -> Tensor:
        """How brightness and each colour of ``count`` images vary, [count, 3]; never their geometry."""
        jitter = self._settings.jitter if rng else 0.0
        drawn = np.ones((count, 3)) if rng is None else 1 + jitter * rng.uniform(-1, 1, (count, 1))
        if rng:
            drawn = drawn * (1 + jitter / 2 * rng.uniform(-1, 1, (count, 3)))
        return torch.from_numpy(drawn.astype(np.float32))

    def _example(self, name: LessonName, item: int, rotation: int) -> Example:
        lesson = self._teacher.lesson(name, self.items[item], rotation)
        answered = AnsweredMaker(self._loaded, Path(), False, lesson.reply)
        return example(self._maker, answered, lesson.question, dict.fromkeys(image_paths(lesson.question), self._blank))

    def _chunk(self, name: LessonName, some: list[Example], every: int, rng: np.random.Generator | None) -> Chunk:
        inputs = self._collate([Example(one.whole, one.answer, ()) for one in some])
        rows = torch.tensor([self._views.rows[path] for one in some for path in one.whole.images], dtype=torch.long)
        if len(rows):
            inputs["image_grid_thw"] = self._blank.grid.expand(len(rows), -1)  # type: ignore[union-attr]
        share = sum(one.answer for one in some) / every
        return Chunk(name, inputs, inputs.pop("labels"), rows, self.gains(len(rows), rng), share)


class Curriculum(torch.utils.data.Dataset[Batch]):
    """The steps of all stages, in order. items: places of those that may be learnt from; pairs, far: how many pairs, and
    images whose depth is known, there are."""

    def __init__(
        self, room: Classroom, items: Sequence[int], pairs: int, far: int, settings: Pretraining, seed: int
    ) -> None:
        self._room, self._items, self._settings, self._seed = room, items, settings, seed
        self._pairs, self._far = pairs, far

    def __len__(self) -> int:
        return sum(stage.steps for stage in self._settings.stages)

    def __getitem__(self, step: int) -> Batch:
        stage, done = self.place(step)
        rng = np.random.default_rng([self._seed, step])
        pairs, far = (
            torch.from_numpy(rng.integers(there, size=count) if count else np.empty(0, int))
            for there, count in ((self._pairs, stage.matching), (self._far, stage.depth))
        )
        chunks = []
        for name, count in stage.lessons.items():
            items = [self._items[k] for k in rng.integers(len(self._items), size=count)]
            turned = [(k, int(rng.integers(len(letters_of(self._room.items[k]))))) for k in items]
            chunks += self._room.chunks(name, turned, rng)
        gains, far_gains = (self._room.gains(count, rng) for count in (2 * len(pairs), len(far)))
        return Batch(stage, done / stage.steps, pairs, gains, far, far_gains, chunks)

    def ends(self, step: int) -> bool:
        """Whether a stage ends with its ``step``-th step, counted from 1."""
        return self.place(step - 1)[1] == self.place(step - 1)[0].steps - 1

    def place(self, step: int) -> tuple[Stage, int]:
        """The stage of a step, and how many steps of it went before."""
        for stage in self._settings.stages:
            if step < stage.steps:
                return stage, step
            step -= stage.steps
        raise IndexError(step)
