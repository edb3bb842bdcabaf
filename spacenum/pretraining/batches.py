"""The batch builder: what each step of the curriculum shows, a function of seed and step alone, so that a resumed run
finds it again. Each image of a step is encoded once; all examples and losses take its tokens from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from spacenum.frames.records import FrameRecord
from spacenum.models.transformers.loading import Loaded
from spacenum.pretraining.examples import ExampleMaker, TokenisedExample, Tokens
from spacenum.pretraining.families import FamilyViews, QuestionMaker, Symmetry
from spacenum.pretraining.images import Images
from spacenum.pretraining.settings import Pretraining, Stage
from spacenum.pretraining.targets import CORNERS, Scenery, TokenTargets, mirrored_matches
from spacenum.tuning.examples import IGNORED

LOOKUP_TURNS = 8
OnDevice = TypeVar("OnDevice")


def moved_to(made: OnDevice, device: torch.device) -> OnDevice:
    """A tensor, or a data class or list with its tensors, on ``device``."""
    if isinstance(made, Tensor):
        return made.to(device)  # type: ignore[return-value]
    if isinstance(made, list):
        return [moved_to(one, device) for one in made]  # type: ignore[return-value]
    if isinstance(made, (Batch, ImageBatch, TokenTargets, Chunk)):
        moved = {field.name: moved_to(getattr(made, field.name), device) for field in fields(made)}
        return replace(made, **moved)
    return made


@dataclass(frozen=True, kw_only=True)
class Chunk(Tokens):
    """Examples that go through the language model at once.

    per_image: tokens. image_tokens: index among the step's image tokens, -1 at words, [rows, tokens]. labels: the token
    that should follow, IGNORED outside of replies, [rows, tokens]. first_places: of an image token, where the prompt's
    first image shows the same point, in tokens, [rows, tokens, 2]; NaN if it doesn't. roles: also of image tokens, 0
    being none. boxes: of what an image token shows, in camera-aligned coordinates, [rows, tokens, 6]; NaN where there
    is none. axes: [rows], as in ``Map``; IGNORED of a transition.
    """

    examples: list[TokenisedExample]
    per_image: int
    image_tokens: Tensor
    labels: Tensor
    first_places: Tensor
    boxes: Tensor
    axes: Tensor


@dataclass(frozen=True, kw_only=True)
class ImageBatch:
    """A step's images. rows: of ``Images``. mirrored: [images]. gains: [images, 3]. targets: of their tokens. pairs:
    [pairs, 2], images of one room; matches: [pairs, tokens, 2], where the second shows the tokens of the first."""

    rows: Tensor
    mirrored: Tensor
    gains: Tensor
    targets: TokenTargets
    pairs: Tensor
    matches: Tensor


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One step of the optimiser."""

    stage: Stage
    images: ImageBatch
    chunks: list[Chunk]


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """A family in a step. matches: among its frames, of a transition. first: index of its first image in the step."""

    views: FamilyViews
    mirrored: bool
    matches: Tensor | None
    frames: tuple[FrameRecord, ...]
    examples: tuple[TokenisedExample, ...]
    first: int = 0


class BatchBuilder:
    """Makes steps of families."""

    def __init__(
        self, families: Sequence[FamilyViews], scenery: Scenery, images: Images, loaded: Loaded, settings: Pretraining
    ) -> None:
        self._families, self._scenery, self._images, self._settings = families, scenery, images, settings
        self._side = settings.model.side
        self._index = {name: index for index, name in enumerate(scenery.categories)}
        self._questions, self._examples = QuestionMaker(), ExampleMaker(loaded, self._side)
        known = {"ids": loaded.processor.tokenizer.pad_token_id, "positions": 0, "numbers": 0, "roles": IGNORED}
        self._fills = defaultdict[str, int](lambda: -1, known)

    def batch(
        self, stage: Stage, shown: Sequence[int], looked_up: Sequence[int], rng: np.random.Generator, augment: bool
    ) -> Batch:
        """One step. shown: families whose images are encoded. looked_up: families of lookups, one each. augment:
        whether questions, sides and colours vary; else the benchmark's own questions are asked."""
        found = [self._shown(stage, self._families[k], rng, augment) for k in shown]
        starts = np.cumsum([0, *(len(one.frames) for one in found)])
        placed = [replace(one, first=int(start)) for one, start in zip(found, starts[:-1], strict=True)]
        asked = [(example, one) for one in placed for example in one.examples]
        lookups = [(self._lookup(self._families[k], rng), None) for k in looked_up]
        chunks = [*self._chunks(asked), *self._chunks(lookups)]
        return Batch(stage=stage, images=self._image_batch(placed, rng, augment), chunks=chunks)

    def _shown(self, stage: Stage, views: FamilyViews, rng: np.random.Generator, augment: bool) -> _Shown:
        mirrored = bool(augment and rng.integers(2))
        matches = self._scenery.matches.get(views.name)
        if matches is not None and mirrored:
            matches = mirrored_matches(matches, self._side)
        made = [self._example(views, rng, mirrored, augment) for _ in range(stage.questions)]
        frames = views.frames
        if matches is None and made:  # a layout's images are alike but for the target: only those in use
            used = {path for example in made for path in example.images}
            frames = tuple(frame for frame in frames if frame.image in used)
        return _Shown(views=views, mirrored=mirrored, matches=matches, frames=frames, examples=tuple(made))

    def _example(self, views: FamilyViews, rng: np.random.Generator, mirrored: bool, augment: bool) -> TokenisedExample:
        if not augment:
            return self._examples.example([views.items[int(rng.integers(len(views.items)))]], views, 0, Symmetry())
        symmetry = Symmetry(mirrored, views.transition is None and bool(rng.integers(2)))
        turns = self._questions.turns(views, rng, symmetry)
        return self._examples.example(turns, views, int(rng.integers(len(turns[0].options))), symmetry)

    def _lookup(self, views: FamilyViews, rng: np.random.Generator) -> TokenisedExample:
        symmetry = Symmetry(bool(rng.integers(2)), views.transition is None and bool(rng.integers(2)))
        turns = self._questions.turns(views, rng, symmetry)
        asked = [self._questions.noisy(turns[int(k)], rng) for k in rng.integers(len(turns), size=LOOKUP_TURNS)]
        return self._examples.lookup(asked, int(rng.integers(len(turns[0].options))))

    def _image_batch(self, shown: Sequence[_Shown], rng: np.random.Generator, augment: bool) -> ImageBatch:
        rows = torch.tensor([self._images.rows[frame.image] for one in shown for frame in one.frames], dtype=torch.long)
        mirrored = torch.tensor([one.mirrored for one in shown for _ in one.frames], dtype=torch.bool)
        jitter = self._settings.jitter * augment
        brightness = 1 + jitter * rng.uniform(-1, 1, (len(shown), 1))
        gains = brightness * (1 + jitter / 2 * rng.uniform(-1, 1, (len(shown), 3)))
        gains = np.repeat(gains, [len(one.frames) for one in shown], 0).astype(np.float32)
        pairs, matches = [torch.empty(0, 2, dtype=torch.long)], [torch.empty(0, self._side**2, 2)]
        for one in shown:
            if one.matches is not None:
                apart = ~torch.eye(len(one.frames), dtype=torch.bool)
                pairs.append(one.first + apart.nonzero())
                matches.append(one.matches[apart])
        return ImageBatch(
            rows=rows, mirrored=mirrored, gains=torch.from_numpy(gains),
            targets=self._scenery.targets.select(rows, mirrored), pairs=torch.cat(pairs), matches=torch.cat(matches),
        )  # fmt: skip

    def _chunks(self, found: Sequence[tuple[TokenisedExample, _Shown | None]]) -> list[Chunk]:
        ordered = sorted(found, key=lambda one: len(one[0].ids))
        size = self._settings.micro_batch
        return [self._chunk(ordered[start : start + size]) for start in range(0, len(ordered), size)]

    def _chunk(self, found: Sequence[tuple[TokenisedExample, _Shown | None]]) -> Chunk:
        examples = [example for example, _ in found]
        shape = (len(found), max(len(example.ids) for example in examples))

        labels = torch.full(shape, IGNORED)
        for row, example in enumerate(examples):
            for place in (example.queries, example.queries + 1):  # the letter, and the end of the turn
                labels[row, place] = example.ids[place + 1]
        tokens = {
            field.name: pad_sequence([getattr(one, field.name) for one in examples], True, self._fills[field.name])
            for field in fields(Tokens)
        }
        chunk = Chunk(
            **tokens, examples=examples, per_image=self._side**2, image_tokens=torch.full(shape, -1), labels=labels,
            first_places=torch.full((*shape, 2), torch.nan), boxes=torch.full((*shape, CORNERS), torch.nan),
            axes=torch.tensor([IGNORED if one.map is None else one.map.axis for one in examples]),
        )  # fmt: skip
        for row, (example, shown) in enumerate(found):
            if shown is not None:
                self._add_images(chunk, row, example, shown)
        return chunk

    def _add_images(self, chunk: Chunk, row: int, example: TokenisedExample, shown: _Shown) -> None:
        """Write what one example's image tokens are and should know."""
        paths, tokens = [frame.image for frame in shown.frames], self._side**2
        order = torch.tensor([paths.index(path) for path in example.images])
        places = (example.ids == self._examples.image).nonzero()[:, 0]
        chunk.image_tokens[row, places] = ((shown.first + order)[:, None] * tokens + torch.arange(tokens)).flatten()
        if shown.matches is not None:
            chunk.first_places[row, places[tokens:]] = shown.matches[order[1:], order[0]].flatten(0, 1)
        if example.map is not None:
            rows = torch.tensor([self._images.rows[path] for path in example.images])
            flags = torch.full((len(rows),), shown.mirrored)
            targets = self._scenery.targets.select(rows, flags)
            category = targets.category.flatten()
            roles = torch.where(category == IGNORED, IGNORED, 0)
            for role, name in enumerate(example.map.roles, 1):
                roles[category == self._index.get(name, IGNORED - 1)] = role
            chunk.roles[row, places] = roles
            chunk.boxes[row, places] = targets.positions[..., -CORNERS:].flatten(0, 1)


class Curriculum(torch.utils.data.Dataset[Batch]):
    """The steps of all stages, in order. transitions, layouts: indices of the families to train on."""

    def __init__(
        self, builder: BatchBuilder, transitions: Sequence[int], layouts: Sequence[int], stages: Sequence[Stage],
        seed: int,
    ) -> None:  # fmt: skip
        self._builder, self._stages, self._seed = builder, stages, seed
        self._transitions, self._layouts = transitions, layouts

    def __len__(self) -> int:
        return sum(stage.steps for stage in self._stages)

    def __getitem__(self, step: int) -> Batch:
        stage, rng = self.stage(step), np.random.default_rng([self._seed, step])
        shown = [
            int(k)
            for families, count in ((self._transitions, stage.transitions), (self._layouts, stage.layouts))
            if families and count
            for k in rng.choice(families, count, replace=count > len(families))
        ]
        known = [*self._transitions, *self._layouts]
        looked_up = [int(k) for k in rng.choice(known, stage.lookups)]
        return self._builder.batch(stage, shown, looked_up, rng, augment=True)

    def stage(self, step: int) -> Stage:
        """The stage of a step."""
        for stage in self._stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        raise IndexError(step)
