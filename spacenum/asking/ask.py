"""Puts items to a model: each in the words of a mode, in fixed batches of whole families,
asking only what isn't kept."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from spacenum.asking.base import ENOUGH_MASS, Answer, Model
from spacenum.asking.chat import ChatModel, Decoding, Question, Reply
from spacenum.asking.modes import Mode
from spacenum.asking.parsing import Reading, read_letter
from spacenum.asking.parsing_open import read_amount, read_corners
from spacenum.asking.questions import Questioner, as_shown, letters_of, own_letter
from spacenum.asking.self_test import self_test
from spacenum.asking.settings import AnswersParams
from spacenum.asking.store import AnswerStore, Contents, Keys, Label
from spacenum.asking.unread import UnreadReplies
from spacenum.core.errors import SpaceNumError
from spacenum.core.progress import Progress
from spacenum.core.provenance import digest, stable_hash
from spacenum.items.schema import AnyItem, Item, LayoutItem, Letter

Asked = tuple[AnyItem, int, int]
"""An item, which repeat and which rotation."""


@dataclass(frozen=True)
class Asking:
    """One model in one mode: how items become questions, and replies become answers. ``root``: the study's folder."""

    job: AnswersParams
    mode: Mode
    root: Path

    @classmethod
    def of(cls, job: AnswersParams, root: Path) -> Asking:
        return cls(job, Mode.of(job.mode), root)

    @property
    def decoding(self) -> Decoding:
        config, form = self.job.config, self.mode.format
        return self.mode.sampling(getattr(config.max_new_tokens, form), getattr(config.sampling, form))

    def notes(self) -> dict[str, Any]:
        """For the meta file of answers: how replies were drawn."""
        own = (
            "the endpoint's own, where a request says nothing" if self.job.config.backend == "openai" else "left aside"
        )
        return {"decoding": self.decoding.model_dump(mode="json"), "generation_config": own}

    def check(self, model: ChatModel) -> None:
        """SpaceNumError if the model can't reply in this mode."""
        needed = "letter_logprobs" if self.mode.decoding == "letter_logprobs" else "generate"
        if needed not in model.capabilities:
            raise SpaceNumError(
                f"mode {self.mode.name} needs a model with the capability '{needed}', and {self.job.model} (backend "
                f"{self.job.config.backend}) has "
                f"{', '.join(sorted(model.capabilities)) or 'none'}; take it out of 'modes'"
            )

    def passes(self, items: Sequence[AnyItem]) -> Iterator[list[list[Asked]]]:
        """The fixed batches of each repeat and rotation, as lists of what is asked;
        rotation 0 is the item as it stands.

        Batches are whole families of one cell, so that a change in one cell moves no other's batches. A pass with
        rotation r leaves out items with no more than r options, before batches are cut: those of a cell may differ.
        """
        asked = [item for item in items if item.task in self.mode.tasks]
        turns = max((len(item.options) for item in asked), default=1) if self.mode.rotations else 1
        for repeat in range(self.job.repeats if self.mode.repeated else 1):
            for rotation in range(turns):
                turned = [item for item in asked if len(item.options) > rotation]
                yield [
                    [(item, repeat, rotation) for item in batch]
                    for batch in batches(turned, self.job.config.batch_families)
                ]

    def questions(self, asked: Sequence[Asked]) -> list[Question]:
        """What a model is shown, in order."""
        return [self._question(item, repeat, rotation) for item, repeat, rotation in asked]

    @cached_property
    def contents(self) -> Contents:
        """What questions show; of it, not of images' names, follow seeds and keys."""
        return Contents(self.root)

    @cached_property
    def _questioner(self) -> Questioner:
        return Questioner(self.mode, self.job.config.reasoning)

    def _question(self, item: AnyItem, repeat: int, rotation: int) -> Question:
        question = Question(
            item=item.id,
            family=item.family,
            parts=self._questioner.parts(item, rotation),
            letters=() if self.mode.format == "open" else letters_of(item),
            reasoning=self.mode.format == "reasoning",
        )
        question = as_shown(question, self.job.config)
        if not self.mode.drawn:
            return question
        said = digest(self.contents.of(question.parts))
        return replace(question, seed=stable_hash(f"{self.job.seed}/{repeat}/{said}") % 2**31)

    def answer(self, asked: Asked, reply: Reply) -> Answer:
        """What a reply says, in the letters of the item as it stands."""
        item, repeat, rotation = asked
        read = self._read(item, reply)
        logs = {own_letter(item, letter, rotation): log for letter, log in (reply.letter_logprobs or {}).items()}
        return Answer(
            item=item.id,
            reply=reply.text,
            letter=read.letter and own_letter(item, read.letter, rotation),
            outcome=read.outcome,
            reason=read.reason,
            letter_logprobs=logs or None,
            prompt_tokens=reply.prompt_tokens,
            reply_tokens=reply.reply_tokens,
            repeat=repeat,
            rotation=rotation,
            value=read.value,
            letter_mass=reply.letter_mass,
        )

    def _read(self, item: AnyItem, reply: Reply) -> Reading:
        """What the reply says, in the letters that it was shown."""
        if self.mode.decoding == "letter_logprobs":
            return _likeliest(reply.letter_logprobs or {})
        if self.mode.format != "open" or not isinstance(item, Item):
            return read_letter(reply.text, letters_of(item), finished=reply.finished)
        if isinstance(item, LayoutItem):
            return read_corners(reply.text, int(item.group[0]), item.truth.target, finished=reply.finished)
        return read_amount(reply.text, item.truth.unit, finished=reply.finished)


def _likeliest(logs: Mapping[Letter, float]) -> Reading:
    best = [letter for letter, log in logs.items() if log == max(logs.values())]
    if len(best) == 1:
        return Reading("parsed", best[0])
    return Reading("unparsed", reason=f"equally likely: {', '.join(sorted(best))}" if best else "no letter is likely")


def batches(items: Iterable[AnyItem], families: int) -> Iterator[list[AnyItem]]:
    """Items in batches of so many whole families of one cell, in their order; the last of a cell may be smaller."""
    cells: dict[str, dict[str, list[AnyItem]]] = {}
    for item in items:
        cells.setdefault(item.cell, {}).setdefault(item.family, []).append(item)
    for members in cells.values():
        of_cell = list(members.values())
        for start in range(0, len(of_cell), families):
            yield [item for family in of_cell[start : start + families] for item in family]


def ask(items: Sequence[AnyItem], model: ChatModel, asking: Asking, store: AnswerStore) -> list[Answer]:
    """Every item's answers, in the items' order, then by repeat and rotation; kept replies are not asked again.

    Open modes leave out Num2Space. SpaceNumError if the model can't reply in this mode or breaks its contract, or if
    too many of its replies to base items can't be read.
    """
    asking.check(model)
    planned = [asked for one_pass in asking.passes(items) for asked in one_pass]
    caller = _Caller(model, asking, store)
    progress = Progress(f"answers {asking.job.model}, questions", sum(map(len, planned)))
    unread = UnreadReplies(asking.job.model, asking.mode)
    answers: list[Answer] = []
    for asked in planned:
        new = list(map(asking.answer, asked, caller.replies(asking.questions(asked))))
        unread.add([item for item, _, _ in asked], new)
        answers += new
        progress.step(len(asked))
    print(f"answers {asking.job.model}: {caller.kept} replies were kept, {caller.paid} were asked", file=sys.stderr)
    unread.tell()
    _warn_of_mass(asking, answers)
    place = {item.id: number for number, item in enumerate(items)}
    return sorted(answers, key=lambda answer: (place[answer.item], answer.repeat, answer.rotation))


def _warn_of_mass(asking: Asking, answers: Sequence[Answer]) -> None:
    """Say in the log where letters are read from what the model would hardly have said."""
    known = [answer.letter_mass for answer in answers if answer.letter_mass is not None]
    low = [mass for mass in known if mass < ENOUGH_MASS]
    if low:
        print(
            f"spacenum: warning: {asking.job.model}, {asking.mode.name}: in {len(low)} of {len(known)} replies the "
            f"letters together hold less than half of the next token's probability (in the worst {min(low):.2g}), so "
            "that they are not what the model would write; look at how its prompt ends, and at its replies in "
            "letter-greedy",
            file=sys.stderr,
        )


class _Caller:
    """Looks replies up, asks for those that miss, keeps them at once. kept, paid: how many of each so far."""

    def __init__(self, model: ChatModel, asking: Asking, store: AnswerStore) -> None:
        self._model, self._store, self._asking = model, store, asking
        self._identity, self._decoding = dict(model.identity), asking.decoding
        self._keys = Keys(self._identity, self._decoding, asking.contents)
        self.kept = self.paid = 0

    def replies(self, questions: Sequence[Question]) -> list[Reply]:
        """Replies to a batch, in order. What misses of it is asked in one call: all of it, or whole families of it if
        the model's replies don't depend on the batch."""
        units = [self._keys.unit(members) for members in self._units(questions)]
        found = [self._store.get(unit) for unit in units]
        missing = [unit for unit, replies in zip(units, found, strict=True) if replies is None]
        asked = iter(self._asked([question for unit in missing for question in unit.questions]))
        self.kept += len(questions)
        result: list[Reply] = []
        for unit, replies in zip(units, found, strict=True):
            if replies is None:
                new = [next(asked) for _ in unit.questions]
                label = Label(self._asking.job.model, self._asking.mode.name)
                replies = self._store.put(unit, new, label, self._identity, self._decoding)
            result += replies
        return result

    def _units(self, questions: Sequence[Question]) -> list[list[Question]]:
        if "independent" not in self._model.capabilities:
            return [list(questions)]
        families: dict[str, list[Question]] = {}
        for question in questions:
            families.setdefault(question.family, []).append(question)
        return list(families.values())

    def _asked(self, questions: Sequence[Question]) -> list[Reply]:
        if not questions:
            return []
        replies = self._model.reply(questions, self._decoding)
        if len(replies) != len(questions):
            raise SpaceNumError(
                f"{self._asking.job.model} (backend {self._asking.job.config.backend}) gave {len(replies)} replies to "
                f"{len(questions)} questions; none of them was kept"
            )
        self.paid += len(replies)
        self.kept -= len(replies)
        return replies


def answered(model: Model, items: Sequence[Item], params: AnswersParams) -> list[Answer]:
    """The answers of a baseline or a person, which read items themselves."""
    progress = Progress(f"answers {params.model}, items", len(items))
    answers = []
    for answer in model.answer(items):
        answers.append(answer)
        progress.step()
    return answers


def asked(
    model: ChatModel,
    items: Sequence[Item],
    shown: Sequence[Item],
    params: AnswersParams,
    store: AnswerStore,
    root: Path,
) -> tuple[dict[str, Any], list[Answer]]:
    """The answers of a model that is asked in words and images, after its self-test on the items ``shown``; and before
    them, what their meta file notes.

    root: the study's folder. The model is closed.
    """
    try:
        asking = Asking.of(params, root)
        asking.check(model)
        tested = self_test(shown, model, asking.job, store, root)
        return tested.notes() | asking.notes(), ask(items, model, asking, store)
    finally:
        model.close()
