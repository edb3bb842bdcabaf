"""Questions as tokens, with the numbers that the model should know at some of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from torch import Tensor

from spacenum.asking.chat import Question
from spacenum.asking.modes import Mode
from spacenum.asking.questions import Questioner, letters_of, shown_letter
from spacenum.asking.worked import number
from spacenum.core.arrays import Array
from spacenum.frames.records import FrameRecord
from spacenum.items.numbers import write_magnitude
from spacenum.items.schema import Image, Item, Letter, TransitionItem
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import image_paths
from spacenum.pretraining.families import FamilyViews, Symmetry, as_array
from spacenum.pretraining.targets import CORNERS, quarter_turns
from spacenum.tuning.examples import IGNORED, AnsweredMaker

SCALES = {"deg": 30.0, "m": 0.5}
"""A magnitude's unit as the model's numbers have it: these amounts count as 1, as a unit of a map does."""
OPTION_LINE = re.compile(r"^Option [A-Z]: (.+)$", re.MULTILINE)
REPLY = 2
"""Tokens of an answer: a letter, and the one that ends the turn."""
LARGEST_COORDINATE = 9.9
LARGEST_ANGLE_DEG = 99


@dataclass(frozen=True, kw_only=True)
class Map:
    """A layout's map. roles: names of origin anchor, direction anchor and target. axis: where its x axis points seen
    from the camera: 0 away, 1 to the left, 2 towards it, 3 to the right."""

    roles: tuple[str, str, str]
    axis: int

    @classmethod
    def of(cls, item: Item, frame: FrameRecord, symmetry: Symmetry) -> Map | None:
        """None of a transition. symmetry: as ``item`` is told."""
        if isinstance(item, TransitionItem):
            return None
        assert tuple(item.truth.frame.x_axis) == (1, 0, 0), "a map's axes are the room's"
        axis = (2 * symmetry.swapped - quarter_turns(frame)) % 4
        anchors = item.truth.anchors
        roles = (anchors.origin.name, anchors.direction.name, item.truth.target)
        return cls(roles=roles, axis=-axis % 4 if symmetry.mirrored else axis)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question and its answer as tokens.

    ids: [tokens], of which the last ``REPLY`` are the answer. positions: [3, tokens]. images: paths, in order.
    summaries: [options + 1], for each option, then for what is asked about, the token behind its image or number.
    numbers: [options + 1, 6], what is to be known there; 0 where there are fewer. answer: index of the right option.
    roles: [tokens], at the last token of a name in the prompt its role in ``map``, counted from 1; else IGNORED.
    """

    item: Item
    ids: Tensor
    positions: Tensor
    images: tuple[str, ...]
    summaries: Tensor
    numbers: Tensor
    answer: int
    map: Map | None
    roles: Tensor

    @property
    def is_lookup(self) -> bool:
        return not self.images


class ExampleMaker:
    """Makes examples in the benchmark's own words."""

    def __init__(self, loaded: Loaded, side: int) -> None:
        """side: tokens along a side of an image."""
        tokenizer = loaded.processor.tokenizer
        self._loaded, self._side = loaded, side
        self._questioner = Questioner(Mode.of("letter-greedy"), "none")
        self.image, self._image_end, self._turn_end = (
            tokenizer.convert_tokens_to_ids(token)
            for token in (loaded.processor.image_token, "<|vision_end|>", "<|im_end|>")
        )

    def example(self, item: Item, views: FamilyViews, rotation: int, symmetry: Symmetry) -> Example:
        """item: told as ``symmetry`` says. rotation: by how many places options are moved on, as in asking."""
        parts = self._questioner.parts(item, rotation)
        images = tuple(part.image for part in parts if isinstance(part, Image))
        token = self._loaded.processor.image_token
        return self._tokenised(
            item, rotation, [token * self._side**2] * len(images), images, Map.of(item, views.frames[0], symmetry)
        )

    def lookup(self, item: Item, rotation: int) -> Example:
        """The same with numbers where images' tokens would be; the answer is the option nearest to the one asked."""
        shown = [part.image for part in self._questioner.parts(item, rotation) if isinstance(part, Image)]
        words = {option.image: number(item, option) for option in item.options if option.image}
        if item.task == "space2num":
            words = {shown[-1]: number(item)}
        numbers = numbers_of(item, rotation)
        nearest = int(np.abs(numbers[:-1] - numbers[-1]).sum(-1).argmin())
        letters = letters_of(item)
        own = next(one for one in letters if shown_letter(item, one, rotation) == letters[nearest])
        answered = item.model_copy(update={"answer": own})
        return self._tokenised(answered, rotation, [words.get(path, "") for path in shown], (), None)

    def _tokenised(
        self, item: Item, rotation: int, contents: Sequence[str], images: tuple[str, ...], map: Map | None
    ) -> Example:
        """contents: what stands in the place of each image."""
        letter = shown_letter(item, item.answer, rotation)
        question = Question(item.id, item.family, self._questioner.parts(item, rotation), letters_of(item))
        assert len(image_paths(question)) == len(contents)
        pieces = (
            AnsweredMaker(self._loaded, Path(), False, letter).text(question).split(self._loaded.processor.image_token)
        )
        text = "".join(piece + content for piece, content in zip(pieces, [*contents, ""], strict=True))
        encoded = self._loaded.processor.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = torch.tensor(encoded["input_ids"])
        ends = {end: place for place, (_, end) in enumerate(encoded["offset_mapping"])}
        turns = (ids == self._turn_end).nonzero()[:, 0].tolist()
        shown = (ids == self._image_end).nonzero()[:, 0].tolist()
        if item.task == "num2space":
            summaries = [*shown[-len(item.options) :], turns[0] - 1]
        else:
            summaries = [*(ends[match.end()] for match in OPTION_LINE.finditer(text)), shown[-1]]
        return Example(
            item=item, ids=ids, positions=positions_of(ids == self.image, self._side), images=images,
            summaries=torch.tensor(summaries), numbers=torch.from_numpy(numbers_of(item, rotation)).float(),
            answer=letters_of(item).index(letter), map=map,
            roles=_mentions(text[: text.index("<|im_end|>")], len(ids), ends, map.roles if map else ()),
        )  # fmt: skip


def numbers_of(item: Item, rotation: int) -> Array:
    """Numbers of an item's options in the order shown, then of its truth, [options + 1, 6]."""
    found = np.zeros((len(item.options) + 1, CORNERS))
    letters = letters_of(item)
    for option in item.options:
        place = letters.index(shown_letter(item, option.letter, rotation))
        found[place] = _number(item, option.value)
    truth = item.truth.magnitude if isinstance(item, TransitionItem) else item.truth.corners
    found[-1] = _number(item, truth)
    return found


def _number(item: Item, value: object) -> Array:
    found = np.zeros((2, CORNERS // 2))
    if isinstance(item, TransitionItem):
        found[0, 0] = float(value) / SCALES[item.truth.unit]  # type: ignore[arg-type]
    else:
        corners = as_array(value)  # type: ignore[arg-type]
        found[:, : corners.shape[1]] = corners
    return found.ravel()


def positions_of(visual: Tensor, side: int) -> Tensor:
    """Qwen3-VL's positions, [3, tokens], of a prompt whose images all have ``side`` times ``side`` tokens."""
    spots = torch.empty(3, len(visual), dtype=torch.long)
    rows, columns = torch.arange(side).repeat_interleave(side), torch.arange(side).repeat(side)
    grid = torch.stack([torch.zeros(side**2, dtype=torch.long), rows, columns])
    at = place = 0
    while place < len(visual):
        if visual[place]:
            spots[:, place : place + side**2] = at + grid
            at, place = at + side, place + side**2
        else:
            spots[:, place] = at
            at, place = at + 1, place + 1
    return spots


def _mentions(prompt: str, length: int, ends: dict[int, int], names: Sequence[str]) -> Tensor:
    """Which of the names a token ends, counted from 1, [length]; IGNORED else. ends: tokens by where they end."""
    found = torch.full((length,), IGNORED)
    for role, name in enumerate(names, 1):
        for match in re.finditer(rf"\b{re.escape(name)}\b", prompt):
            if (place := ends.get(match.end())) is not None:
                found[place] = role
    return found


def corpus(items: Iterable[Item]) -> Iterator[str]:
    """What the tokenizer is trained on: the prompts, and all numbers that prompts may have, often enough to be tokens
    of their own."""
    questioner = Questioner(Mode.of("letter-greedy"), "none")
    for item in items:
        yield from (part.text for part in questioner.parts(item, 0) if not isinstance(part, Image))
    tenths = [k / 10 for k in range(round(10 * LARGEST_COORDINATE) + 1)]
    numbers = [f"{sign}{value:.1f}" for value in tenths for sign in ("", "-")]
    angles = [write_magnitude(angle, "deg") for angle in range(LARGEST_ANGLE_DEG + 1)]
    yield from [" ".join([*numbers, *angles, *get_args(Letter)])] * 1000
