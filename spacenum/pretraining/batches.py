"""What each step of the curriculum is made of: a function of seed and step alone, so that a resumed run finds it again.

A step shows some families: each of their images is encoded once, and every loss takes its tokens from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from spacenum.items.families import Item
from spacenum.items.schema import Image, Letter, Task, TransitionItem
from spacenum.models.chat import Question
from spacenum.models.questions import letters_of
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import image_paths
from spacenum.pretraining.kin import Kin, QuestionMaker
from spacenum.pretraining.lessons import Lesson, Teacher
from spacenum.pretraining.matching import mirrored, moved_by
from spacenum.pretraining.newborn import NUMBER
from spacenum.pretraining.settings import LessonName, Pretraining, Stage
from spacenum.pretraining.tokens import Seen
from spacenum.pretraining.views import Views
from spacenum.tuning.examples import IGNORED, AnsweredMaker

Subject = Literal["rotations", "moves", "layouts"]
NUMBERS_A_LINE = 6  # of two corners
NUMBERS = 7  # a magnitude, and six coordinates of two corners


def subject_of(item: Item) -> Subject:
    """What an item's numbers measure."""
    if not isinstance(item, TransitionItem):
        return "layouts"
    return "rotations" if item.group.startswith("rotate") else "moves"


@dataclass(frozen=True)
class Written:
    """A lesson as tokens, [tokens] each but positions [3, tokens]. answer: how many of its last tokens are the reply. paths: of
    its images, in order. numbers: [images, NUMBERS], what each shows (see ``numbers_of``). letters: places of those
    that stand behind their option's number; lines: [letters, NUMBERS_A_LINE], that number's tokens, the last first, IGNORED where there are no more.
    roles: names of origin anchor, direction anchor and target of a layout."""

    ids: Tensor
    positions: Tensor
    answer: int
    paths: tuple[str, ...]
    numbers: Tensor
    letters: Tensor
    lines: Tensor
    roles: tuple[str, ...]
    lesson: LessonName
    subject: Subject
    task: Task


@dataclass(frozen=True)
class Chunk:
    """Prompts that go through the model at once, padded on the right. ids: [rows, tokens]. positions: [3, rows, tokens].
    slots: places among the step's visual tokens, -1 for words. labels: the token that should follow, IGNORED outside of
    replies. moved: [rows, tokens, 2], how far what a visual token shows has moved since the prompt's first image, as shares of
    the image, NaN where that isn't known. numbers: [rows, tokens, NUMBERS], at the last token of each image what it shows; NaN
    else. roles: [rows, tokens], of what a layout's visual token shows: 0 no role, then as in ``Written``; IGNORED else.
    letters: [rows, letters], lines: [rows, letters, NUMBERS_A_LINE], as in ``Written``; filled up by -1 and IGNORED."""

    prompts: list[Written]
    ids: Tensor
    positions: Tensor
    slots: Tensor
    labels: Tensor
    moved: Tensor
    numbers: Tensor
    roles: Tensor
    letters: Tensor
    lines: Tensor

    def to(self, device: torch.device) -> Chunk:
        return _moved(self, device)


@dataclass(frozen=True)
class Batch:
    """One step. rows, mirrored, gains: of its images. pairs: [pairs, 2], which of them are matched; places: [pairs, tokens, 2].
    progress: share of the stage's steps before it."""

    stage: Stage
    progress: float
    rows: Tensor
    mirrored: Tensor
    gains: Tensor
    pairs: Tensor
    places: Tensor
    chunks: list[Chunk]

    def to(self, device: torch.device) -> Batch:
        return replace(_moved(self, device), chunks=[chunk.to(device) for chunk in self.chunks])


def _moved(made: Any, device: torch.device) -> Any:
    """A data class with its tensors on ``device``."""
    tensors = {field.name: value for field in fields(made) if isinstance(value := getattr(made, field.name), Tensor)}
    return replace(made, **{name: tensor.to(device) for name, tensor in tensors.items()})


@dataclass
class _Shown:
    """A family in a step. first: the place of its first image among the step's."""

    kin: Kin
    first: int
    turned: bool
    places: Tensor | None

    def place_of(self, path: str) -> int:
        return next(k for k, frame in enumerate(self.kin.frames) if frame.image == path)


class Writer:
    """Writes lessons as tokens; each once."""

    def __init__(self, loaded: Loaded, side: int) -> None:
        self._loaded, self._teacher = loaded, Teacher()
        processor, self._tokens = loaded.processor, side
        self.visual: int = processor.tokenizer.convert_tokens_to_ids(processor.image_token)
        self.letters = torch.tensor(processor.tokenizer.convert_tokens_to_ids(list(get_args(Letter))))
        vocabulary = processor.tokenizer.get_vocab()
        self.newline: int = vocabulary["Ċ"]
        self._numbers = {place for token, place in vocabulary.items() if re.fullmatch(NUMBER, token)}
        header = processor.tokenizer("<|im_start|>assistant\n", add_special_tokens=False)["input_ids"]
        self._header: list[int] = header
        self._known: dict[tuple[str, str, int, str], Written] = {}

    def written(self, name: LessonName, item: Item, rotation: int, mark: str = "") -> Written:
        """mark: tells apart items of one id."""
        key = (name, f"{item.id}{mark}", rotation, item.task)
        if key not in self._known:
            self._known[key] = self._write(name, item, self._teacher.lesson(name, item, rotation))
        return self._known[key]

    def views(self, kin: Kin, rng: np.random.Generator) -> Written:
        """The images of a family in some order, without a word."""
        parts = tuple(Image(image=kin.frames[k].image) for k in rng.permutation(len(kin.frames)))
        return self._write("views", kin.items[0], Lesson(Question(kin.name, kin.name, parts, ()), ""), told=False)

    def drill(self, item: Item, rng: np.random.Generator) -> Written:
        """Numbers and letters alone; new each time."""
        return self._write("drills", item, self._teacher.drill(item, rng))

    def _write(self, name: LessonName, item: Item, lesson: Lesson, told: bool = True) -> Written:
        processor, tokens = self._loaded.processor, self._tokens**2
        text = AnsweredMaker(self._loaded, Path(), False, lesson.reply).text(lesson.question)
        whole = text.replace(processor.image_token, processor.image_token * tokens)
        ids = processor.tokenizer(whole, add_special_tokens=False)["input_ids"]
        start = max(k for k, token in enumerate(ids) if token == self._header[0])
        answer = len(ids) - start - len(self._header)
        paths = image_paths(lesson.question)
        made = torch.tensor(ids, dtype=torch.int32)
        numbers = numbers_of(item, paths) if told else torch.full((len(paths), NUMBERS), torch.nan)
        letters = self._letters(name, made, answer)
        return Written(
            made, positions_of(made == self.visual, self._tokens), answer, paths, numbers,
            letters, self._lines(ids, letters.tolist()), roles_of(item) if told else (), name,
            subject_of(item), item.task,
        )  # fmt: skip

    def _letters(self, name: LessonName, ids: Tensor, answer: int) -> Tensor:
        """Places of letters behind numbers: all of a drill's, those of other replies but for "Answer: C"."""
        found = torch.isin(ids, self.letters).nonzero()[:, 0]
        told = found if name == "drills" else found[found >= len(ids) - answer]
        return told[:-1] if name in ("look_ups", "spoken") else told

    def _lines(self, ids: list[int], letters: list[int]) -> Tensor:
        found = torch.full((len(letters), NUMBERS_A_LINE), IGNORED)
        for k, place in enumerate(letters):
            start = max(j for j in range(place) if ids[j] == self.newline)
            told = [one for one in ids[start:place] if one in self._numbers][::-1][:NUMBERS_A_LINE]
            found[k, : len(told)] = torch.tensor(told)
        return found


def numbers_of(item: Item, paths: Sequence[str]) -> Tensor:
    """What each of an item's images shows, [images, NUMBERS]: the magnitude in metres or in steps of 10 degrees, then the six
    coordinates of the target's corners; NaN what isn't described."""
    told = torch.full((len(paths), NUMBERS), torch.nan)
    values = {option.image: option.value for option in item.options if option.image}
    if item.task == "space2num" and paths:
        values[paths[-1]] = item.truth.magnitude if isinstance(item, TransitionItem) else item.truth.corners
    for row, path in enumerate(paths):
        if path in values and isinstance(item, TransitionItem):
            told[row, 0] = values[path] / (1 if item.truth.unit == "m" else 10)  # type: ignore[operator]
        elif path in values:
            corners = torch.tensor(values[path], dtype=torch.float32).reshape(2, -1)
            told[row, 1 : 1 + corners.shape[1]], told[row, 4 : 4 + corners.shape[1]] = corners
    return told


def roles_of(item: Item) -> tuple[str, ...]:
    """Who plays a part in a layout's question."""
    if isinstance(item, TransitionItem):
        return ()
    return item.truth.anchors.origin.name, item.truth.anchors.direction.name, item.truth.target


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


class Classroom:
    """Makes families into steps. kin: all that may be shown; places: of each transition family, among all its views."""

    def __init__(
        self,
        kin: Sequence[Kin],
        places: Mapping[str, Tensor],
        seen: Seen,
        loaded: Loaded,
        views: Views,
        settings: Pretraining,
    ) -> None:
        self._kin, self._places, self._views, self._settings = kin, places, views, settings
        self._names, self._categories = seen.names, {name: place for place, name in enumerate(seen.categories)}
        self._side = settings.model.side
        self._writer, self._maker = Writer(loaded, self._side), QuestionMaker()
        self.newline = self._writer.newline
        self._pad = loaded.processor.tokenizer.pad_token_id

    def batch(
        self,
        stage: Stage,
        chosen: Sequence[int],
        told: Sequence[int],
        drilled: Sequence[int],
        rng: np.random.Generator,
        progress: float,
        vary: bool,
    ) -> Batch:
        """One step. chosen: families whose images are shown. told, drilled: families that are looked up or drilled, a prompt each. vary: whether
        options, colours and sides may change."""
        shown, rows = [], list[int]()
        for k in chosen:
            kin = self._kin[k]
            turned = bool(vary and kin.moving and rng.integers(2))
            places = self._places.get(kin.name)
            if places is not None and turned:
                places = mirrored(places, self._side)
            shown.append(_Shown(kin, len(rows), turned, places))
            rows += [self._views.rows[frame.image] for frame in kin.frames]
        asked = [
            (self._written(name, one, rng, vary), one)
            for one in shown
            for name, count in (stage.transitions if one.kin.moving else stage.layouts).lessons.items()
            for _ in range(count)
        ]
        found = [(written, one) for written, one in asked if written is not None]
        looked_up = [(self._look_up(self._kin[k], rng), None) for k in told]
        drills = [(self._writer.drill(self._item(self._kin[k], rng), rng), None) for k in drilled]
        turned_rows = torch.tensor([one.turned for one in shown for _ in one.kin.frames], dtype=torch.bool)
        return Batch(
            stage, progress, torch.tensor(rows, dtype=torch.long), turned_rows, self._gains(shown, rng, vary),
            *self._pairs(shown), [*self._chunks(found), *self._chunks(looked_up), *self._chunks(drills)],
        )  # fmt: skip

    def _written(self, name: LessonName, shown: _Shown, rng: np.random.Generator, vary: bool) -> Written | None:
        kin, mark = shown.kin, "mirrored" if shown.turned else ""
        if name == "views":
            return self._writer.views(kin, rng)
        if name == "parts":
            part = self._maker.part(kin, rng, shown.turned)
            return None if part is None else self._writer.written(name, part, 0, mark)
        item = self._item(kin, rng)
        rotation = int(rng.integers(len(letters_of(item)))) if vary else 0
        if shown.turned and isinstance(item, TransitionItem):
            item = self._maker.mirrored(kin, item)
        return self._writer.written(name, item, rotation, mark)

    def _item(self, kin: Kin, rng: np.random.Generator) -> Item:
        return kin.items[int(rng.integers(len(kin.items)))]

    def _look_up(self, kin: Kin, rng: np.random.Generator) -> Written:
        item = self._item(kin, rng)
        return self._writer.written("look_ups", item, int(rng.integers(len(letters_of(item)))))

    def _gains(self, shown: Sequence[_Shown], rng: np.random.Generator, vary: bool) -> Tensor:
        """How brightness and each colour vary, alike for a family's images, [images, 3]."""
        jitter = self._settings.jitter * vary
        drawn = (1 + jitter * rng.uniform(-1, 1, (len(shown), 1))) * (
            1 + jitter / 2 * rng.uniform(-1, 1, (len(shown), 3))
        )
        return torch.from_numpy(np.repeat(drawn, [len(one.kin.frames) for one in shown], 0).astype(np.float32))

    def _pairs(self, shown: Sequence[_Shown]) -> tuple[Tensor, Tensor]:
        pairs, places = [torch.empty(0, 2, dtype=torch.long)], [torch.empty(0, self._side**2, 2)]
        for one in shown:
            if one.places is not None:
                count = len(one.kin.frames)
                apart = ~torch.eye(count, dtype=torch.bool)
                pairs.append(one.first + apart.nonzero())
                places.append(one.places[apart])
        return torch.cat(pairs), torch.cat(places)

    def _chunks(self, found: Sequence[tuple[Written, _Shown | None]]) -> list[Chunk]:
        ordered = sorted(found, key=lambda one: len(one[0].ids))
        size = self._settings.micro_batch
        return [self._chunk(ordered[start : start + size]) for start in range(0, len(ordered), size)]

    def _chunk(self, found: Sequence[tuple[Written, _Shown | None]]) -> Chunk:
        width, tokens = max(len(written.ids) for written, _ in found), self._side**2
        ids = torch.full((len(found), width), self._pad)
        positions = torch.zeros(3, len(found), width, dtype=torch.long)
        slots, labels = torch.full_like(ids, -1), torch.full_like(ids, IGNORED)
        moved, numbers = torch.full((*ids.shape, 2), torch.nan), torch.full((*ids.shape, NUMBERS), torch.nan)
        roles = torch.full_like(ids, IGNORED)
        most = max(len(written.letters) for written, _ in found)
        letters, lines = torch.full((len(found), most), -1), torch.full((len(found), most, NUMBERS_A_LINE), IGNORED)
        for row, (written, shown) in enumerate(found):
            letters[row, : len(written.letters)], lines[row, : len(written.letters)] = written.letters, written.lines
            length = len(written.ids)
            ids[row, :length], positions[:, row, :length] = written.ids, written.positions
            labels[row, length - 1 - written.answer : length - 1] = written.ids[length - written.answer :]
            if written.lesson == "drills":
                labels[row] = torch.where(torch.isin(labels[row], self._writer.letters), labels[row], IGNORED)
            if shown is None or not written.paths:
                continue
            order = [shown.place_of(path) for path in written.paths]
            visual = (written.ids == self._writer.visual).nonzero()[:, 0]
            where = torch.tensor(order)[:, None] + shown.first
            slots[row, visual] = (where * tokens + torch.arange(tokens)).flatten()
            if shown.places is not None:
                since = moved_by(shown.places[order[1:], order[0]], self._side)
                moved[row, visual[tokens:]] = since.flatten(0, 1)
            numbers[row, visual[tokens - 1 :: tokens]] = written.numbers
            if written.roles:
                names = self._names[[self._views.rows[path] for path in written.paths]].flatten()
                roles[row, visual] = self._roles(names, written.roles)
        return Chunk(
            [written for written, _ in found], ids, positions, slots, labels, moved, numbers, roles, letters, lines
        )

    def _roles(self, names: Tensor, roles: Sequence[str]) -> Tensor:
        """Which of the roles each token's category plays, counted from 1; 0 for none, IGNORED where nothing is known."""
        found = torch.where(names == IGNORED, IGNORED, 0)
        for number, name in enumerate(roles, 1):
            found[names == self._categories.get(name, IGNORED - 1)] = number
        return found


class Curriculum(torch.utils.data.Dataset[Batch]):
    """The steps of all stages, in order. moving, still: places of the families that may be learnt from."""

    def __init__(
        self, room: Classroom, moving: Sequence[int], still: Sequence[int], settings: Pretraining, seed: int
    ) -> None:
        self._room, self._moving, self._still = room, moving, still
        self._settings, self._seed = settings, seed

    def __len__(self) -> int:
        return sum(stage.steps for stage in self._settings.stages)

    def __getitem__(self, step: int) -> Batch:
        stage, done = self.place(step)
        rng = np.random.default_rng([self._seed, step])
        chosen = [
            int(k)
            for there, count in ((self._moving, stage.transitions.families), (self._still, stage.layouts.families))
            if there and count
            for k in rng.choice(there, count, replace=count > len(there))
        ]
        shown = [
            *(self._moving if stage.transitions.families else ()),
            *(self._still if stage.layouts.families else ()),
        ]
        asked = shown or [*self._moving, *self._still]
        told, drilled = ([int(k) for k in rng.choice(asked, count)] for count in (stage.look_ups, stage.drills))
        return self._room.batch(stage, chosen, told, drilled, rng, done / stage.steps, vary=True)

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
