"""What each step of the curriculum is made of: a function of seed and step alone, so that a resumed run finds it again.

A step shows some families: each of their images is encoded once, and every loss takes its tokens from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spacenum.asking.questions import letters_of
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import Item, TransitionItem
from spacenum.models.transformers.loading import Loaded
from spacenum.pretraining.kin import Kin, QuestionMaker, Turn
from spacenum.pretraining.matching import mirrored, moved_by
from spacenum.pretraining.settings import LessonName, Pretraining, Stage
from spacenum.pretraining.standing import CORNERS, Standing
from spacenum.pretraining.tokens import Seen, flipped
from spacenum.pretraining.views import Views
from spacenum.pretraining.writing import NUMBERS_A_LINE, Charted, Writer, Written
from spacenum.tuning.examples import IGNORED

LONGEST_REST = 20  # tokens behind an image at which its target is told


@dataclass(frozen=True)
class Chunk:
    """Prompts that go through the model at once, padded on the right. ids: [rows, tokens]. positions:
    [3, rows, tokens]. slots: places among the step's visual tokens, -1 for words. labels: the token that should follow,
    IGNORED outside of replies. moved: [rows, tokens, 2], how far what a visual token shows has moved since the prompt's
    first image, as shares of the image, NaN where that isn't known. magnitudes: [rows, tokens], at the last token of
    each image what it shows; NaN else. corners: [rows, tokens, 6], in the map: of the object that a visual token shows
    if both anchors were shown before, and of words between an image and the next one or the reply, of the target in it;
    NaN else. ahead: [rows], where the map's x axis points (see ``Charted.ahead``), IGNORED of a transition. roles:
    [rows, tokens], of what a layout's visual token shows or a word before the reply names: 0 no role, then as in
    ``Charted``; IGNORED else. letters: [rows, letters], lines: [rows, letters, NUMBERS_A_LINE], options:
    [rows, options], asking: [rows, asking], apart: [rows, asking, options], as in ``Written``; filled up by -1, IGNORED
    and infinity. seen: [rows, tokens], where ``labels`` tell what is read from a layout's images."""

    prompts: list[Written]
    ids: Tensor
    positions: Tensor
    slots: Tensor
    labels: Tensor
    moved: Tensor
    magnitudes: Tensor
    corners: Tensor
    ahead: Tensor
    roles: Tensor
    letters: Tensor
    lines: Tensor
    options: Tensor
    asking: Tensor
    apart: Tensor
    seen: Tensor

    def to(self, device: torch.device) -> Chunk:
        return _moved(self, device)


@dataclass(frozen=True)
class Batch:
    """One step. rows, mirrored, gains: of its images. pairs: [pairs, 2], which of them are matched; places:
    [pairs, tokens, 2]. progress: share of the stage's steps before it."""

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
    """A family in a step. frames: its views that are shown. first: the place of their first among the step's images."""

    kin: Kin
    turned: bool
    places: Tensor | None
    frames: tuple[FrameRecord, ...]
    first: int = 0

    def place_of(self, path: str) -> int:
        return next(k for k, frame in enumerate(self.frames) if frame.image == path)

    def keep(self, asked: Sequence[Written], rng: np.random.Generator) -> None:
        """Show only what is asked about, or any view if nothing is: those of a layout are alike but for its target."""
        paths = {path for written in asked for path in written.paths}
        used = tuple(frame for frame in self.frames if frame.image in paths)
        self.frames = used or (self.frames[int(rng.integers(len(self.frames)))],)


class Classroom:
    """Makes families into steps. kin: all that may be shown; places: of each transition family, among all its views."""

    def __init__(
        self,
        kin: Sequence[Kin],
        places: Mapping[str, Tensor],
        seen: Seen,
        standing: Standing,
        loaded: Loaded,
        views: Views,
        settings: Pretraining,
    ) -> None:
        self._kin, self._places, self._views, self._settings = kin, places, views, settings
        self._boxes = standing.boxes
        self._names, self._categories = seen.names, {name: place for place, name in enumerate(seen.categories)}
        self._side = settings.model.side
        self._writer, self._maker = Writer(loaded, self._side), QuestionMaker()
        self.newline, self.letters, self.decimals = self._writer.newline, self._writer.letters, self._writer.decimals
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
        """One step. chosen: families whose images are shown. told, drilled: families that are looked up or drilled, a
        prompt each. vary: whether options, colours and sides may change."""
        shown = [self._shown(self._kin[k], rng, vary) for k in chosen]
        found = [(written, one) for one in shown for written in self._lessons(stage, one, rng, vary)]
        first = 0
        for one in shown:
            if one.kin.moving is None:
                one.keep([written for written, other in found if other is one], rng)
            one.first, first = first, first + len(one.frames)
        rows = [self._views.rows[frame.image] for one in shown for frame in one.frames]
        looked_up = [(self._look_up(stage, self._kin[k], rng, vary), None) for k in told]
        drills = [(self._drill(stage, self._kin[k], rng), None) for k in drilled]
        turned_rows = torch.tensor([one.turned for one in shown for _ in one.frames], dtype=torch.bool)
        return Batch(
            stage, progress, torch.tensor(rows, dtype=torch.long), turned_rows, self._gains(shown, rng, vary),
            *self._pairs(shown), [*self._chunks(found), *self._chunks(looked_up), *self._chunks(drills)],
        )  # fmt: skip

    def _shown(self, kin: Kin, rng: np.random.Generator, vary: bool) -> _Shown:
        turned = bool(vary and rng.integers(2))
        places = self._places.get(kin.name)
        if places is not None and turned:
            places = mirrored(places, self._side)
        return _Shown(kin, turned, places, kin.frames)

    def _lessons(self, stage: Stage, shown: _Shown, rng: np.random.Generator, vary: bool) -> list[Written]:
        share = stage.transitions if shown.kin.moving else stage.layouts
        asked = [
            self._written(stage, name, shown, rng, vary) for name, count in share.lessons.items() for _ in range(count)
        ]
        return [written for written in asked if written is not None]

    def _written(
        self, stage: Stage, name: LessonName, shown: _Shown, rng: np.random.Generator, vary: bool
    ) -> Written | None:
        kin = shown.kin
        turn = Turn(shown.turned, swapped=vary and kin.moving is None and bool(rng.integers(2)))
        if name == "views":
            return self._writer.views(kin, rng)
        if name == "parts":
            part = self._maker.part(kin, rng, turn)
            return None if part is None else self._writer.written(name, part, kin, 0, turn)
        item = self._item(kin, rng)
        rotation = int(rng.integers(len(letters_of(item)))) if vary else 0
        item = self._maker.turned(kin, item, turn)
        if not (vary and name == "spoken"):
            return self._writer.written(name, item, kin, rotation, turn)
        if stage.nearest:
            written = self._writer.written(name, self._moved(item, rng), kin, rotation, turn)
            return self._nearest(self._writer.misread(written, rng), stage.asked_again, rng)
        written = self._writer.written(name, item, kin, rotation, turn)
        return self._writer.misread(written, rng) if kin.moving is None and item.task == "num2space" else written

    def _moved(self, item: Item, rng: np.random.Generator) -> Item:
        return item if isinstance(item, TransitionItem) else self._maker.moved(item, rng)

    def _item(self, kin: Kin, rng: np.random.Generator) -> Item:
        return kin.items[int(rng.integers(len(kin.items)))]

    def _nearest(self, written: Written, again: int, rng: np.random.Generator) -> Written:
        return self._writer.nearest(self._writer.again(written, again, rng) if again else written)

    def _look_up(self, stage: Stage, kin: Kin, rng: np.random.Generator, vary: bool) -> Written:
        item = self._item(kin, rng)
        rotation = int(rng.integers(len(letters_of(item))))
        if not stage.nearest:
            return self._writer.written("look_ups", item, kin, rotation, Turn())
        written = self._writer.written("look_ups", self._moved(item, rng), kin, rotation, Turn())
        return self._nearest(written, stage.asked_again if vary else 0, rng)

    def _drill(self, stage: Stage, kin: Kin, rng: np.random.Generator) -> Written:
        drill = self._writer.drill(self._item(kin, rng), rng, misread=kin.moving is None or stage.nearest > 0)
        return self._writer.nearest(drill) if stage.nearest else drill

    def _gains(self, shown: Sequence[_Shown], rng: np.random.Generator, vary: bool) -> Tensor:
        """How brightness and each colour vary, alike for a family's images, [images, 3]."""
        jitter = self._settings.jitter * vary
        drawn = (1 + jitter * rng.uniform(-1, 1, (len(shown), 1))) * (
            1 + jitter / 2 * rng.uniform(-1, 1, (len(shown), 3))
        )
        return torch.from_numpy(np.repeat(drawn, [len(one.frames) for one in shown], 0).astype(np.float32))

    def _pairs(self, shown: Sequence[_Shown]) -> tuple[Tensor, Tensor]:
        pairs, places = [torch.empty(0, 2, dtype=torch.long)], [torch.empty(0, self._side**2, 2)]
        for one in shown:
            if one.places is not None:
                count = len(one.frames)
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
        moved, magnitudes = torch.full((*ids.shape, 2), torch.nan), torch.full(ids.shape, torch.nan)
        corners = torch.full((*ids.shape, CORNERS), torch.nan)
        roles, ahead = torch.full_like(ids, IGNORED), torch.full((len(found),), IGNORED)
        most = max(len(written.letters) for written, _ in found)
        letters, lines = torch.full((len(found), most), -1), torch.full((len(found), most, NUMBERS_A_LINE), IGNORED)
        most_asked, most_options = (
            max(sizes) for sizes in zip(*(written.apart.shape for written, _ in found), strict=True)
        )
        options, asking = torch.full((len(found), most_options), -1), torch.full((len(found), most_asked), -1)
        apart, seen = torch.full((*asking.shape, most_options), torch.inf), torch.zeros_like(ids, dtype=torch.bool)
        for row, (written, shown) in enumerate(found):
            letters[row, : len(written.letters)], lines[row, : len(written.letters)] = written.letters, written.lines
            asked, offered = written.apart.shape
            options[row, :offered], asking[row, :asked] = written.options, written.asking
            apart[row, :asked, :offered] = written.apart
            length = len(written.ids)
            ids[row, :length], positions[:, row, :length] = written.ids, written.positions
            replied = slice(length - 1 - len(written.reply), length - 1)
            labels[row, replied], seen[row, replied] = written.reply, written.seen
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
            magnitudes[row, visual[tokens - 1 :: tokens]] = written.magnitudes
            if written.chart is not None:
                self._chart(written, shown, written.chart, roles[row], corners[row], visual)
                ahead[row] = written.chart.ahead(shown.kin.frames[0])
        return Chunk(
            [written for written, _ in found], ids, positions, slots, labels, moved, magnitudes, corners, ahead,
            roles, letters, lines, options, asking, apart, seen,
        )  # fmt: skip

    def _chart(
        self, written: Written, shown: _Shown, chart: Charted, roles: Tensor, corners: Tensor, visual: Tensor
    ) -> None:
        """Write a layout's ``roles`` [tokens] and ``corners`` [tokens, 6]. visual: places of the visual tokens."""
        rows = torch.tensor([self._views.rows[path] for path in written.paths])
        turned = torch.full((len(rows),), shown.turned)
        names, boxes = (flipped(values[rows], turned).flatten(0, 1) for values in (self._names, self._boxes))
        end = len(written.ids) - len(written.reply)
        roles[:end] = written.mentions[:end]
        roles[visual] = played = self._roles(names, chart.roles)
        corners[visual] = _told(chart.corners(boxes.unflatten(-1, (2, 3)).double().numpy()), played)
        tokens = self._side**2
        starts = visual[::tokens].tolist()
        for path, start, following in zip(written.paths, starts, [*starts[1:], end], strict=True):
            instances = next(frame for frame in shown.frames if frame.image == path).instances
            boxes_there = [one.box for one in instances if one.category == chart.roles[-1]]
            if len(boxes_there) == 1 and boxes_there[0]:
                corners[start + tokens : min(following, start + tokens + LONGEST_REST)] = chart.corners(
                    np.array(boxes_there[0])
                )

    def _roles(self, names: Tensor, roles: Sequence[str]) -> Tensor:
        """Which of the roles each token's category plays, counted from 1; 0 for none,
        IGNORED where nothing is known."""
        found = torch.where(names == IGNORED, IGNORED, 0)
        for number, name in enumerate(roles, 1):
            found[names == self._categories.get(name, IGNORED - 1)] = number
        return found


def _told(corners: Tensor, roles: Tensor) -> Tensor:
    """Corners [tokens, 6] where both anchors were shown before, NaN else. roles: [tokens]."""
    known = ((roles == 1).cumsum(0) > 0) & ((roles == 2).cumsum(0) > 0)
    return torch.where(known[:, None], corners, torch.nan)


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
