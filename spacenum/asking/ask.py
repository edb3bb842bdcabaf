"""Puts items to a model: each in the words of a mode, in fixed batches of whole families,
asking only what isn't kept."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from spacenum.asking.base import ENOUGH_MASS, REFUSED, Answer, Model
from spacenum.asking.chat import ChatModel, Decoding, Question, Reply, ask_each, versions_of
from spacenum.asking.modes import Mode
from spacenum.asking.parsing import Reading, read_letter
from spacenum.asking.parsing_open import read_amount, read_corners
from spacenum.asking.questions import Questioner, as_shown, letters_of, own_letter, shown_letter
from spacenum.asking.self_test import self_test
from spacenum.asking.settings import AnswersParams
from spacenum.asking.store import AnswerStore, Contents, Keys, Label, QuestionBatch
from spacenum.asking.unread import UnreadReplies, one_letter
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.machine import from_environment
from spacenum.core.progress import Progress
from spacenum.core.provenance import digest, stable_hash
from spacenum.items.schema import AnyItem, AnyTask, Item, LayoutItem, Letter

Asked = tuple[AnyItem, int, int]
"""An item, which repeat and which rotation."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is held of an item until it is asked: a large study's items don't all fit into memory. place: among them."""

    place: int
    id: str
    task: AnyTask
    cell: str
    family: str
    options: Sequence[Letter]


P = TypeVar("P", AnyItem, Planned)
UNKNOWN_REPLIES = "replies_of_unknown_versions"
"""What answers' meta files note of replies that were kept before versions were."""
REPLIES_NOTE, REFUSED_NOTE, VERSIONS_NOTE = "replies", "refused", "versions"
"""And of which replies they are, how many questions were refused, by reason, and by which packages they were made."""
REFUSED_FREELY = 5
"""So many refused questions never stop a job, however few it has."""


class RefusalMachine(Block):
    """SPACENUM_REFUSED_SHARE: what share of a job's questions may be refused before it stops."""

    refused_share: float = Field(0.05, ge=0, le=1)


@dataclass(frozen=True)
class Asking:
    """One model in one mode: how items become questions, and replies become answers. ``root``: the study's folder.
    recorded: the hashes that images should have, by path."""

    job: AnswersParams
    mode: Mode
    root: Path
    recorded: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, job: AnswersParams, root: Path, recorded: Mapping[str, str] | None = None) -> Asking:
        return cls(job, Mode.of(job.mode), root, recorded or {})

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

    def passes(self, items: Sequence[P]) -> Iterator[list[list[tuple[P, int, int]]]]:
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
        return Contents(self.root, self.recorded)

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
        if reply.refused is not None:
            return Reading("unparsed", reason=f"{REFUSED}{reply.refused}")
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


def planned(items: Iterable[AnyItem]) -> list[Planned]:
    """All items, as far as they are planned with."""
    return [
        Planned(place, item.id, item.task, item.cell, item.family, letters_of(item)) for place, item in enumerate(items)
    ]


def batches(items: Iterable[P], families: int) -> Iterator[list[P]]:
    """Items in batches of so many whole families of one cell, in their order; the last of a cell may be smaller."""
    cells: dict[str, dict[str, list[P]]] = {}
    for item in items:
        cells.setdefault(item.cell, {}).setdefault(item.family, []).append(item)
    for members in cells.values():
        of_cell = list(members.values())
        for start in range(0, len(of_cell), families):
            yield [item for family in of_cell[start : start + families] for item in family]


def ask(items: Sequence[AnyItem], model: ChatModel, asking: Asking, store: AnswerStore) -> list[Answer]:
    """Every item's answers, in the items' order, then by repeat and rotation; kept replies are not asked again. If the
    job is a part, only the answers to its questions.

    Open modes leave out Num2Space. SpaceNumError if the model can't reply in this mode or breaks its contract, or if
    too many of its replies to base items can't be read.
    """
    return _ask(items, model, asking, store)[0]


def _ask(
    items: Sequence[AnyItem], model: ChatModel, asking: Asking, store: AnswerStore
) -> tuple[list[Answer], _Caller]:
    """As ``ask``, with what called the model."""
    asking.check(model)
    plan = planned(items)
    shared = asking.job.part.share([batch for one_pass in asking.passes(plan) for batch in one_pass])
    total = sum(map(len, shared))
    caller = _Caller(model, asking, store, total)
    progress = Progress(f"answers {asking.job.model}, questions", total)
    unread = UnreadReplies(asking.job.model, asking.mode)
    answers: list[Answer] = []
    read: list[tuple[Letter, Letter]] = []
    for batch in shared:
        asked = [(items[one.place], repeat, rotation) for one, repeat, rotation in batch]
        new = list(map(asking.answer, asked, caller.replies(asking.questions(asked))))
        unread.add([item for item, _, _ in asked], new)
        answers += new
        read += _letters_read(asked, new)
        progress.step(len(asked))
    print(f"answers {asking.job.model}: {caller.told()}", file=sys.stderr)
    _warn_of_refused(asking, answers)
    unread.tell()
    _warn_of_mass(asking, answers)
    _warn_of_one_letter(asking, read)
    place = {one.id: one.place for one in plan}
    return sorted(answers, key=lambda answer: (place[answer.item], answer.repeat, answer.rotation)), caller


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


def _letters_read(asked: Sequence[Asked], answers: Sequence[Answer]) -> Iterator[tuple[Letter, Letter]]:
    """Letters that replies to base items say, and the right ones, as they were shown."""
    for (item, _, rotation), answer in zip(asked, answers, strict=True):
        if isinstance(item, Item) and item.variant == "base" and answer.letter:
            yield shown_letter(item, answer.letter, rotation), shown_letter(item, item.answer, rotation)


def _warn_of_one_letter(asking: Asking, read: Sequence[tuple[Letter, Letter]]) -> None:
    """Say in the log that nearly all replies to base items say one letter, whatever the items show."""
    said = [letter for letter, _ in read]
    found = one_letter(said, [right for _, right in read])
    if found:
        print(
            f"spacenum: warning: {asking.job.model}, {asking.mode.name}: {found[1]} of {len(said)} letters read are "
            f"{found[0]}, though the right ones are spread: its scores are those of saying one letter; look at its "
            "replies, at its prompt's end, and at whether its images arrive",
            file=sys.stderr,
        )


def refusals(answers: Iterable[Answer]) -> dict[str, int]:
    """How many answers have each reason of a refusal, the most frequent first."""
    return dict(Counter(answer.refused for answer in answers if answer.refused is not None).most_common())


def _warn_of_refused(asking: Asking, answers: Sequence[Answer]) -> None:
    if reasons := refusals(answers):
        counted = "; ".join(f"{count} × {reason}" for reason, count in reasons.items())
        print(
            f"spacenum: warning: {asking.job.model}, {asking.mode.name}: {sum(reasons.values())} of {len(answers)} "
            f"questions were refused, and count as unparsed ({counted})",
            file=sys.stderr,
        )


class _Caller:
    """Looks replies up, asks for those that miss, keeps them at once. Those that were kept before versions were known
    count too. total: the job's questions, of which only a share may be refused."""

    def __init__(self, model: ChatModel, asking: Asking, store: AnswerStore, total: int) -> None:
        self._model, self._store, self._asking = model, store, asking
        self._identity, self._decoding = dict(model.identity), asking.decoding
        self._versions = versions_of(model)
        self._keys = Keys(self._identity, self._decoding, asking.contents, self._versions)
        self._older = Keys(self._identity, self._decoding, asking.contents) if self._versions else None
        self._total, self._share = total, from_environment(RefusalMachine, "SPACENUM_", os.environ).refused_share
        self._kept = self._paid = self._refused = self._unknown = 0
        self._all_keys: list[str] = []
        self._answered: Question | None = None

    def notes(self) -> dict[str, Any]:
        """For the meta file of answers: which replies they are, and by which versions."""
        versions = {VERSIONS_NOTE: self._versions} if self._versions else {}
        unknown = {UNKNOWN_REPLIES: self._unknown} if self._unknown else {}
        return {REPLIES_NOTE: digest(self._all_keys), **versions, **unknown}

    def told(self) -> str:
        """How many replies came from where, in words."""
        of_unknown = f" ({self._unknown} of them by unknown versions)" if self._unknown else ""
        return f"{self._kept} replies were kept{of_unknown}, {self._paid} were asked"

    def replies(self, questions: Sequence[Question]) -> list[Reply]:
        """Replies to a batch, in order. Of those that miss, a model whose replies don't depend on the batch is asked
        one by one; any other is asked the whole batch. SpaceNumError if too many questions were refused."""
        self._all_keys += self._keys.unit(questions).keys
        if "independent" not in self._model.capabilities:
            return self._whole(questions)
        found = self._found(questions)
        missing = [place for place in range(len(questions)) if place not in found]

        def keep(place: int, reply: Reply) -> None:
            unit = self._keys.unit([questions[missing[place]]])
            found[missing[place]] = self._put(unit, [reply])[0]

        self._answered = next((questions[k] for k, kept in found.items() if kept.refused is None), self._answered)
        if missing:
            ask_each(self._model, [questions[place] for place in missing], self._decoding, keep, self._answered)
        return [found[place] for place in range(len(questions))]

    def _whole(self, questions: Sequence[Question]) -> list[Reply]:
        unit = self._keys.unit(questions)
        kept = self._looked_up(unit)
        return self._put(unit, self._asked(questions)) if kept is None else self._old(kept)

    def _looked_up(self, unit: QuestionBatch) -> list[Reply] | None:
        """Replies of the versions here, else of unknown ones."""
        kept = self._store.get(unit)
        if kept is None and self._older:
            kept = self._store.get(self._older.unit(unit.questions))
            self._unknown += len(kept or ())
        return kept

    def _found(self, questions: Sequence[Question]) -> dict[int, Reply]:
        """Replies that are kept, by place: of single questions, or of whole families, as they were kept before."""
        families: dict[str, list[int]] = {}
        for place, question in enumerate(questions):
            families.setdefault(question.family, []).append(place)
        found: dict[int, Reply] = {}
        for family in families.values():
            for places in [family] if len(family) == 1 else [family, *([place] for place in family)]:
                kept = None if places[0] in found else self._looked_up(self._keys.unit([questions[k] for k in places]))
                found |= dict(zip(places, self._old(kept), strict=True)) if kept else {}
        return found

    def _old(self, replies: list[Reply]) -> list[Reply]:
        self._kept += len(replies)
        return self._counted(replies)

    def _put(self, unit: QuestionBatch, replies: Sequence[Reply]) -> list[Reply]:
        self._paid += len(replies)
        label = Label(self._asking.job.model, self._asking.mode.name)
        return self._counted(self._store.put(unit, replies, label, self._identity, self._decoding, self._versions))

    def _counted(self, replies: list[Reply]) -> list[Reply]:
        """The same, which are kept by now; SpaceNumError if more of the job's questions were refused than may be."""
        refused = [reply.refused for reply in replies if reply.refused is not None]
        self._refused += len(refused)
        if refused and self._refused > max(REFUSED_FREELY, self._share * self._total):
            model, mode = self._asking.job.model, self._asking.mode.name
            raise SpaceNumError(
                f"{model}, {mode}: {self._refused} of the job's {self._total} questions were refused (the last: "
                f"{refused[-1]}), and SPACENUM_REFUSED_SHARE={self._share:g} lets no more be: its scores would say "
                "little of the model. Allow more, if unread replies are what you want; or see to the endpoint's "
                f"filters, run `spacenum answers drop --refused --model {model} --yes`, and the same command again"
            )
        return replies

    def _asked(self, questions: Sequence[Question]) -> list[Reply]:
        replies = self._model.reply(questions, self._decoding)
        if len(replies) != len(questions):
            raise SpaceNumError(
                f"{self._asking.job.model} (backend {self._asking.job.config.backend}) gave {len(replies)} replies to "
                f"{len(questions)} questions; none of them was kept"
            )
        return replies


def items_of_part(items: Sequence[AnyItem], params: AnswersParams) -> Sequence[AnyItem]:
    """The items that a job asks a model that answers each once; of a job that is no part, all. In their order."""
    if params.part.of == 1:
        return items
    shared = params.part.share([*batches(planned(items), params.config.batch_families)])
    return [items[place] for place in sorted(one.place for batch in shared for one in batch)]


def answered(model: Model, items: Sequence[Item], params: AnswersParams) -> Iterator[Answer]:
    """The answers of a baseline or a person, which read items themselves."""
    progress = Progress(f"answers {params.model}, items", len(items))
    for answer in model.answer(items):
        yield answer
        progress.step()


def asked(
    model: ChatModel,
    items: Sequence[Item],
    shown: Sequence[Item],
    params: AnswersParams,
    store: AnswerStore,
    root: Path,
    recorded: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], list[Answer]]:
    """The answers of a model that is asked in words and images, after its self-test on the items ``shown``; and before
    them, what their meta file notes.

    root: the study's folder. recorded: the hashes that images should have, by path. The model is closed.
    """
    try:
        asking = Asking.of(params, root, recorded)
        asking.check(model)
        tested = self_test(shown, model, asking.job, store, root, asking.contents)
        answers, caller = _ask(items, model, asking, store)
        refused = refusals(answers)
        return tested.notes() | asking.notes() | caller.notes() | ({REFUSED_NOTE: refused} if refused else {}), answers
    finally:
        model.close()
