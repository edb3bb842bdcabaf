"""Questions as tokens, with the numbers that the model should know at some of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeGuard, get_args

import numpy as np
import torch
from torch import Tensor

from spacenum.asking.chat import Question
from spacenum.asking.modes import Mode
from spacenum.asking.questions import PromptPart, Questioner, letters_of, shown_letter
from spacenum.asking.worked import number
from spacenum.core.arrays import Array
from spacenum.frames.records import FrameRecord
from spacenum.items.numbers import write_magnitude
from spacenum.items.schema import Corners, Image, Item, Letter, Text, TransitionItem
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import messages
from spacenum.pretraining.families import FamilyViews, Symmetry
from spacenum.pretraining.initialisation import NUMBER
from spacenum.pretraining.targets import CORNERS, quarter_turns
from spacenum.tuning.examples import IGNORED

MAGNITUDE_SCALES = {"deg": 30.0, "m": 0.5}
"""A magnitude's unit as the model's numbers have it: these amounts count as 1, as a unit of a map does."""
OPTION_LINE = re.compile(r"^Option [A-Z]: (.+)$", re.MULTILINE)
OPTION_LETTER = re.compile(r"\bOption ([A-Z]):")
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
class Tokens:
    """Conversations as tokens, of one example or, padded on the right and with a dimension before, of several.

    ids: [tokens]. positions: [tokens, 3]. letters: tokens of the options' letters, [options]. summaries: tokens behind
    the image or number of each option, then of what each turn asks about; numbers: what is to be known there,
    [summaries, 6] (``_number``); numerals: the tokens of these numbers on the line that a summary ends, -1 of an image,
    [summaries, 6]. queries: [turns], the token before each letter. question_summaries, answers: [turns], those
    summaries that the turn asks about, and of the right option. roles: [tokens], at the last token of a name its role
    in the map, counted from 1; else IGNORED.
    """

    ids: Tensor
    positions: Tensor
    letters: Tensor
    summaries: Tensor
    numbers: Tensor
    numerals: Tensor
    queries: Tensor
    question_summaries: Tensor
    answers: Tensor
    roles: Tensor


@dataclass(frozen=True, kw_only=True)
class TokenisedExample(Tokens):
    """Questions with the same options and their answers: a conversation of several turns. items: one a turn. images:
    paths, in order."""

    items: Sequence[Item]
    images: tuple[str, ...]
    map: Map | None

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
        vocabulary = tokenizer.get_vocab()
        self._newline: int = vocabulary["Ċ"]
        self._numerals = {token for text, token in vocabulary.items() if re.fullmatch(NUMBER, text)}
        self.image, self._image_end, self._turn_end = (
            tokenizer.convert_tokens_to_ids(token)
            for token in (loaded.processor.image_token, "<|vision_end|>", "<|im_end|>")
        )

    def example(self, turns: Sequence[Item], views: FamilyViews, rotation: int, symmetry: Symmetry) -> TokenisedExample:
        """turns: questions with the same options, told as ``symmetry`` says. rotation: by how many places options are
        moved on, as in asking."""
        images = tuple(part.image for parts in self._prompts(turns, rotation) for part in parts if is_image(part))
        tokens = [self._loaded.processor.image_token * self._side**2] * len(images)
        return self._tokenised(turns, rotation, tokens, images, Map.of(turns[0], views.frames[0], symmetry))

    def lookup(self, turns: Sequence[Item], rotation: int) -> TokenisedExample:
        """The same with numbers where images' tokens would be; answers are the options nearest to what is asked."""
        words = {option.image: number(turns[0], option) for option in turns[0].options if option.image}
        contents: list[str] = []
        for item, parts in zip(turns, self._prompts(turns, rotation), strict=True):
            shown = [words.get(part.image, "") for part in parts if is_image(part)]
            contents += [*shown[:-1], number(item)] if item.task == "space2num" else shown
        return self._tokenised([answered_by_nearest(item) for item in turns], rotation, contents, (), None)

    def _prompts(self, turns: Sequence[Item], rotation: int) -> list[Sequence[PromptPart]]:
        """The benchmark's prompt of the first turn; of further ones, only what they ask about."""
        prompts: list[Sequence[PromptPart]] = [self._questioner.parts(turns[0], rotation)]
        for item in turns[1:]:
            if item.task == "space2num":
                prompts.append([next(part for part in reversed(item.prompt) if isinstance(part, Image))])
            else:
                last = next(part.text for part in reversed(item.prompt) if isinstance(part, Text)).splitlines()[-1]
                prompts.append([Text(text=last.rpartition(". ")[2])])
        return prompts

    def _tokenised(
        self, turns: Sequence[Item], rotation: int, contents: Sequence[str], images: tuple[str, ...], map: Map | None
    ) -> TokenisedExample:
        """contents: what stands in the place of each image."""
        options = len(turns[0].options)
        answers = [shown_letter(item, item.answer, rotation) for item in turns]
        processor = self._loaded.processor
        chat: list[dict[str, object]] = []
        for parts, letter in zip(self._prompts(turns, rotation), answers, strict=True):
            chat += messages(Question("", "", tuple(parts), ()))
            chat.append({"role": "assistant", "content": [{"type": "text", "text": letter}]})
        pieces = processor.apply_chat_template(chat, tokenize=False).rstrip("\n").split(processor.image_token)
        text = "".join(piece + content for piece, content in zip(pieces, [*contents, ""], strict=True))
        encoded = processor.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = torch.tensor(encoded["input_ids"])
        ends = {end: place for place, (_, end) in enumerate(encoded["offset_mapping"])}
        shown, turn_ends = ((ids == token).nonzero()[:, 0].tolist() for token in (self._image_end, self._turn_end))
        if turns[0].task == "num2space":
            offered, asked = shown[-options:], [end - 1 for end in turn_ends[::2]]
        else:
            offered, asked = [ends[match.end()] for match in OPTION_LINE.finditer(text)], shown[-len(turns) :]
        letters = [ends[match.end(1)] for match in OPTION_LETTER.finditer(text)][:options]
        order = letters_of(turns[0])
        return TokenisedExample(
            items=turns, ids=ids, positions=positions_of(ids == self.image, self._side).T, images=images, map=map,
            letters=torch.tensor(letters), summaries=torch.tensor([*offered, *asked]),
            numbers=torch.tensor(numbers_of(turns, rotation)).float(),
            numerals=torch.tensor([self._numerals_before(encoded["input_ids"], place) for place in (*offered, *asked)]),
            queries=torch.tensor(turn_ends[1::2]) - 2, question_summaries=torch.tensor(asked),
            answers=torch.tensor([offered[order.index(letter)] for letter in answers]),
            roles=_mentions(text, len(ids), ends, map.roles if map else ()),
        )  # fmt: skip

    def _numerals_before(self, ids: Sequence[int], place: int) -> list[int]:
        """Tokens of numbers on the line that ``place`` ends, the last first, filled up to six by -1."""
        line = takewhile(lambda j: ids[j] != self._newline, range(place, 0, -1))
        found = [j for j in line if ids[j] in self._numerals][:CORNERS]
        return found + [-1] * (CORNERS - len(found))


def is_image(part: PromptPart) -> TypeGuard[Image]:
    return isinstance(part, Image)


def answered_by_nearest(item: Item) -> Item:
    """With the letter of the option whose number is nearest to the true one."""
    *options, true = numbers_of([item], 0)
    nearest = int(np.abs(np.array(options) - true).sum(-1).argmin())
    return item.model_copy(update={"answer": letters_of(item)[nearest]})


def numbers_of(turns: Sequence[Item], rotation: int) -> Array:
    """Numbers of the options in the order shown, then of what each turn asks about, [options + turns, 6]."""
    item, letters = turns[0], letters_of(turns[0])
    shown = {shown_letter(item, option.letter, rotation): option.value for option in item.options}
    truths = [one.truth.magnitude if isinstance(one, TransitionItem) else one.truth.corners for one in turns]
    return np.array([_number(item, value) for value in (*(shown[letter] for letter in letters), *truths)])


def _number(item: Item, value: float | Corners) -> Array:
    """Filled up to six by zeros. Corners from the last coordinate to the first: as far from a line's end in one
    dimension as in three."""
    found = np.zeros(CORNERS)
    if isinstance(item, TransitionItem):
        assert isinstance(value, float)
        found[0] = value / MAGNITUDE_SCALES[item.truth.unit]
    else:
        coordinates = np.ravel(value)[::-1]
        found[: len(coordinates)] = coordinates
    return found


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
