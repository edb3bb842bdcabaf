"""Lessons as tokens, and what frames know of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spacenum.asking.chat import Question
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import Image, Item, Letter, Task, TransitionItem
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import image_paths
from spacenum.pretraining.kin import Kin, Turn
from spacenum.pretraining.lessons import Lesson, Teacher
from spacenum.pretraining.newborn import NUMBER
from spacenum.pretraining.settings import LessonName
from spacenum.pretraining.standing import CORNERS, quarter
from spacenum.tuning.examples import IGNORED, AnsweredMaker

Subject = Literal["rotations", "moves", "layouts"]
NUMBERS_A_LINE = CORNERS
MISREAD: dict[Subject, float] = {"rotations": 8.0, "moves": 0.3, "layouts": 0.5}
"""At most, how far a number is misread (standard deviation): degrees, metres, units of the map."""
STEPS: dict[Subject, float] = {"rotations": 10.0, "moves": 0.2, "layouts": 0.1}
"""Of the numbers that can be read."""
NEAR: dict[Subject, float] = {"rotations": 5.0, "moves": 0.1, "layouts": 0.4}
"""An option that is farther off by this is to be chosen e times less."""


def subject_of(item: Item) -> Subject:
    """What an item's numbers measure."""
    if not isinstance(item, TransitionItem):
        return "layouts"
    return "rotations" if item.group.startswith("rotate") else "moves"


@dataclass(frozen=True)
class Charted:
    """A layout's map. roles: names of origin anchor, direction anchor and target. origin: that anchor's box in metres
    of the room, [2, 3]. unit: in metres. turn: from the room's axes to the map's."""

    roles: tuple[str, str, str]
    origin: NDArray[np.float64]
    unit: float
    turn: Turn

    @classmethod
    def of(cls, item: Item, kin: Kin, turn: Turn) -> Charted | None:
        """None of a transition. turn: as ``item`` is told."""
        if isinstance(item, TransitionItem):
            return None
        roles = item.truth.anchors.origin.name, item.truth.anchors.direction.name, item.truth.target
        box = next(one.box for one in kin.frames[0].instances if one.category == roles[0])
        assert box is not None and tuple(item.truth.frame.x_axis) == (1, 0, 0), "a map's axes are the room's"
        return cls(roles, np.array(box), item.truth.frame.unit_m, turn)

    def ahead(self, frame: FrameRecord) -> int:
        """Where the map's x axis points in the frame of the camera that sees ``frame``: 0 away, 1 to the left, 2
        towards it, 3 to the right."""
        way = (2 * self.turn.swapped - quarter(frame)) % 4
        return -way % 4 if self.turn.mirrored else way

    def corners(self, boxes: NDArray[np.float64]) -> Tensor:
        """Boxes in metres of the room [..., 2, 3] in the map, [..., 6]."""
        return torch.from_numpy(self.turn.corners(boxes, self.origin) / self.unit).flatten(-2).float()


@dataclass(frozen=True)
class Written:
    """A lesson as tokens, [tokens] each but positions [3, tokens]. reply: what its last tokens should be, which ``ids``
    may have misread. paths: of its images, in order. magnitudes: [images], what each shows in metres or in steps of 10
    degrees, NaN if nothing. letters: places of those that stand behind their option's number; lines:
    [letters, NUMBERS_A_LINE], that number's tokens, the last first, IGNORED where there are no more. options, asking:
    places of the letters behind options, and of those that are to be chosen among them: of a spoken reply the one
    behind its last number, of a drill all of the reply. apart: [asking, options], how far their numbers are from each
    other, the sum over their parts, as multiples of ``NEAR``. seen: [reply], which of its words tell what is read from
    a layout's images. chart: of a layout. mentions: [tokens], counted from 1 the role that a word names,
    at its last token; else IGNORED."""

    ids: Tensor
    positions: Tensor
    reply: Tensor
    paths: tuple[str, ...]
    magnitudes: Tensor
    letters: Tensor
    lines: Tensor
    options: Tensor
    asking: Tensor
    apart: Tensor
    seen: Tensor
    chart: Charted | None
    mentions: Tensor
    lesson: LessonName
    subject: Subject
    task: Task


class Writer:
    """Writes lessons as tokens."""

    def __init__(self, loaded: Loaded, side: int) -> None:
        self._loaded, self._teacher = loaded, Teacher()
        processor, self._tokens = loaded.processor, side
        self.visual: int = processor.tokenizer.convert_tokens_to_ids(processor.image_token)
        self.letters = torch.tensor(processor.tokenizer.convert_tokens_to_ids(list(get_args(Letter))))
        vocabulary = processor.tokenizer.get_vocab()
        self.newline: int = vocabulary["Ċ"]
        self._numbers = {place for token, place in vocabulary.items() if re.fullmatch(NUMBER, token)}
        self.decimals = {
            float(token): place for token, place in vocabulary.items() if re.fullmatch(NUMBER, token) and "." in token
        }
        self._texts = {place: token for token, place in vocabulary.items() if place in self._numbers}
        self._vocabulary = vocabulary
        header = processor.tokenizer("<|im_start|>assistant\n", add_special_tokens=False)["input_ids"]
        self._header: list[int] = header

    def written(self, name: LessonName, item: Item, kin: Kin, rotation: int, turn: Turn) -> Written:
        """turn: as ``item`` is told."""
        return self._write(name, item, self._teacher.lesson(name, item, rotation), Charted.of(item, kin, turn))

    def views(self, kin: Kin, rng: np.random.Generator) -> Written:
        """The images of a family in some order, without a word."""
        parts = tuple(Image(image=kin.frames[k].image) for k in rng.permutation(len(kin.frames)))
        return self._write("views", kin.items[0], Lesson(Question(kin.name, kin.name, parts, ()), ""))

    def drill(self, item: Item, rng: np.random.Generator, misread: bool) -> Written:
        """Numbers and letters alone; new each time. misread: whether options are."""
        written = self._write("drills", item, self._teacher.drill(item, rng))
        if not misread:
            return written
        start = len(written.ids) - len(written.reply)
        return self._misread(written, start - len(self._header), rng, first=0)

    def misread(self, written: Written, rng: np.random.Generator) -> Written:
        """A spoken reply where what is read from images isn't quite what should have been said."""
        start, (first, end) = len(written.ids) - len(written.reply), self._span(written.reply, written.task)
        return self._misread(written, start + end, rng, first=start + first)

    def nearest(self, written: Written) -> Written:
        """The same with the letters of the options that are nearest. The right one stays if none is nearer than it."""
        ids, start = written.ids.clone(), len(written.ids) - len(written.reply)
        letters = ids[written.options]
        for place, apart in zip(written.asking.tolist(), written.apart, strict=True):
            if apart.min() < apart[letters == ids[place]].min():
                ids[place] = letters[apart.argmin()]
        reply = written.reply.clone()
        reply[written.asking - start] = ids[written.asking]
        if written.lesson != "drills":  # "Answer: C"
            last = torch.isin(reply, self.letters).nonzero()[len(letters) + 1]
            reply[last] = ids[start + last] = ids[written.asking[0]].clone()
        return replace(written, ids=ids, reply=reply)

    def again(self, written: Written, count: int, rng: np.random.Generator) -> Written:
        """The same with ``count`` more lines behind its end, which choose among the same options; drawn by lot and
        misread. Of these only letters are to be said."""
        ids, options = written.ids.tolist(), written.options.tolist()
        spread, step = rng.uniform(0, MISREAD[written.subject]), STEPS[written.subject]
        asking = []
        for place in rng.choice(options, count).tolist():
            ids += self._read(self._line(ids, place), spread, step, rng)
            asking.append(len(ids))
            ids.append(ids[place])
        first, more = len(written.ids), torch.tensor(ids[len(written.ids) :], dtype=torch.int32)
        new = torch.tensor(asking)
        reply = torch.full_like(more, IGNORED)
        reply[new - first] = more[new - first]
        last = written.positions[:, -1:]
        later = last + torch.arange(1, len(more) + 1, dtype=last.dtype)
        return replace(
            written,
            ids=torch.cat([written.ids, more]),
            positions=torch.cat([written.positions, later], 1),
            reply=torch.cat([written.reply, reply]),
            asking=torch.cat([written.asking, new]),
            apart=torch.cat([written.apart, self._apart(written.subject, ids, written.options, new)]),
            seen=torch.cat([written.seen, torch.zeros(len(more), dtype=torch.bool)]),
            mentions=torch.cat([written.mentions, torch.full((len(more),), IGNORED)]),
        )

    def _span(self, reply: Tensor, task: Task) -> tuple[int, int]:
        """Where a spoken reply tells what it reads from images: Num2Space's lines of options,
        Space2Num's one behind them."""
        ends = (reply == self.newline).nonzero()[:, 0].tolist()
        return (0, ends[-2]) if task == "num2space" else (ends[-2], ends[-1])

    def _misread(self, written: Written, end: int, rng: np.random.Generator, first: int) -> Written:
        ids, spread = written.ids.clone(), rng.uniform(0, MISREAD[written.subject])
        ids[first:end] = torch.tensor(self._read(ids[first:end].tolist(), spread, STEPS[written.subject], rng))
        said = ids.tolist()
        apart = self._apart(written.subject, said, written.options, written.asking)
        return replace(written, ids=ids, lines=self._lines(said, written.letters.tolist()), apart=apart)

    def _read(self, ids: list[int], spread: float, step: float, rng: np.random.Generator) -> list[int]:
        """Words with their numbers misread, but for numbers of several tokens."""
        alone = [not ({*ids[max(0, k - 1) : k], *ids[k + 1 : k + 2]} & self._numbers) for k in range(len(ids))]
        return [self._near(token, spread, step, rng) if one else token for token, one in zip(ids, alone, strict=True)]

    def _near(self, token: int, spread: float, step: float, rng: np.random.Generator) -> int:
        """A number's token misread; others as they are."""
        if (text := self._texts.get(token)) is None:
            return token
        wrong = float(text) + step * round(rng.normal(0, spread) / step)
        decimals = 1 if "." in text else 0
        return self._vocabulary.get(f"{round(wrong, decimals) + 0.0:.{decimals}f}", token)

    def _write(self, name: LessonName, item: Item, lesson: Lesson, chart: Charted | None = None) -> Written:
        processor, tokens = self._loaded.processor, self._tokens**2
        text = AnsweredMaker(self._loaded, Path(), False, lesson.reply).text(lesson.question)
        whole = text.replace(processor.image_token, processor.image_token * tokens)
        encoded = processor.tokenizer(whole, add_special_tokens=False, return_offsets_mapping=True)
        ids: list[int] = encoded["input_ids"]
        start = max(k for k, token in enumerate(ids) if token == self._header[0])
        answer = len(ids) - start - len(self._header)
        paths = image_paths(lesson.question)
        made = torch.tensor(ids, dtype=torch.int32)
        magnitudes = torch.full((len(paths),), torch.nan) if name == "views" else magnitudes_of(item, paths)
        letters, reply = self._letters(name, made, answer), made[-answer:] if answer else made[:0]
        options, asking = self._choices(name, letters, len(ids) - answer)
        seen = torch.zeros(len(reply), dtype=torch.bool)
        if name == "spoken" and not isinstance(item, TransitionItem):
            first, end = self._span(reply, item.task)
            seen[first:end] = True
        return Written(
            made, positions_of(made == self.visual, self._tokens), reply, paths,
            magnitudes, letters, self._lines(ids, letters.tolist()), options, asking,
            self._apart(subject_of(item), ids, options, asking), seen, chart,
            _mentions(whole, encoded["offset_mapping"], () if chart is None else chart.roles), name,
            subject_of(item), item.task,
        )  # fmt: skip

    def _letters(self, name: LessonName, ids: Tensor, answer: int) -> Tensor:
        """Places of letters behind numbers: all of a drill's, those of other replies but for "Answer: C"."""
        found = torch.isin(ids, self.letters).nonzero()[:, 0]
        told = found if name == "drills" else found[found >= len(ids) - answer]
        return told[:-1] if name in ("look_ups", "spoken") else told

    def _choices(self, name: LessonName, letters: Tensor, start: int) -> tuple[Tensor, Tensor]:
        """Places of options' letters and of those to be chosen among them. start: of the reply."""
        if name == "drills":
            return letters[letters < start], letters[letters >= start]
        return (letters[:-1], letters[-1:]) if name in ("look_ups", "spoken") else (letters[:0], letters[:0])

    def _lines(self, ids: list[int], letters: list[int]) -> Tensor:
        found = torch.full((len(letters), NUMBERS_A_LINE), IGNORED)
        for k, place in enumerate(letters):
            told = [one for one in self._line(ids, place) if one in self._numbers][::-1][:NUMBERS_A_LINE]
            found[k, : len(told)] = torch.tensor(told)
        return found

    def _line(self, ids: list[int], place: int) -> list[int]:
        """What stands before a place on its line."""
        return ids[max(j for j in range(place) if ids[j] == self.newline) : place]

    def _apart(self, subject: Subject, ids: list[int], options: Tensor, asking: Tensor) -> Tensor:
        there, asked = ([self._said(ids, place) for place in places.tolist()] for places in (options, asking))
        away = [[np.abs(np.subtract(one, other)).sum() for other in there] for one in asked]
        return torch.tensor(away, dtype=torch.float32).reshape(len(asked), len(there)) / NEAR[subject]

    def _said(self, ids: list[int], place: int) -> list[float]:
        """The numbers of the line that a letter ends."""
        text = self._loaded.processor.tokenizer.decode(self._line(ids, place))
        return [float(one.group()) for one in re.finditer(NUMBER, text)]


def magnitudes_of(item: Item, paths: Sequence[str]) -> Tensor:
    """What each of an item's images shows, [images]: the magnitude in metres or in steps of 10 degrees;
    NaN a layout's and the first."""
    if not isinstance(item, TransitionItem):
        return torch.full((len(paths),), torch.nan)
    values: dict[str, float] = {option.image: option.value for option in item.options if option.image}
    if item.task == "space2num" and paths:
        values[paths[-1]] = item.truth.magnitude
    scale = 1 if item.truth.unit == "m" else 10
    return torch.tensor([values.get(path, torch.nan) / scale for path in paths])


def positions_of(visual: Tensor, side: int) -> Tensor:
    """Qwen3-VL's positions, [3, tokens], of a prompt whose images all have ``side`` times ``side`` tokens."""
    spots = torch.empty(3, len(visual), dtype=torch.int16)
    rows, columns = torch.arange(side).repeat_interleave(side), torch.arange(side).repeat(side)
    grid = torch.stack([torch.zeros(side**2, dtype=torch.int16), rows, columns])
    at = place = 0
    while place < len(visual):
        if visual[place]:
            spots[:, place : place + side**2] = at + grid
            at, place = at + side, place + side**2
        else:
            spots[:, place] = at
            at, place = at + 1, place + 1
    return spots


def _mentions(text: str, offsets: Sequence[tuple[int, int]], names: Sequence[str]) -> Tensor:
    """Which of the names a word is, counted from 1, at its last token, [tokens]; IGNORED else. offsets:
    where tokens begin and end in ``text``."""
    found = torch.full((len(offsets),), IGNORED)
    ends = {end: place for place, (_, end) in enumerate(offsets)}
    for role, name in enumerate(names, 1):
        for match in re.finditer(rf"\b{re.escape(name)}\b", text):
            if (place := ends.get(match.end())) is not None:
                found[place] = role
    return found
