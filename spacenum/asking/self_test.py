"""Self-tests of a model on a few real items, before its answers are accepted: does it see what it is shown, as shown?

Log-probabilities tell: of the letters, where a model gives them; of all words that it may begin with, where it thinks
first and its engine shows them. They must not depend on the size of the batch, and must change when two images are
swapped, one is blackened, or one is moved past a text. Where there are none, or an endpoint's list of them doesn't tell
the letters apart, probing questions about plain colours tell: a model that names none or wrong ones fails. Where it
says nothing at all, that is recorded as not testable.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from pydantic import ValidationError

from spacenum.asking.chat import ChatModel, Decoding, Question, RendersPrompts, Reply, ShowsLogits, versions_of
from spacenum.asking.modes import Mode
from spacenum.asking.probes import IMAGES_FIRST, TestName, TestResult, colours_told
from spacenum.asking.questions import as_shown, letters_of, message_parts
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.store import AnswerStore, Contents, Keys, QuestionBatch, publish
from spacenum.asking.thoughts import after_last
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import AnyItem, Image, Text

VERSION = 4
"""Of what is tested: a record of an older version isn't enough."""
Logs = NDArray[np.floating[Any]]
"""Log-probabilities of a question's letters, nan where one isn't known, or of the whole vocabulary."""
TOLERANCE = {"float32": 1e-3, "bfloat16": 0.25, "float16": 0.03}
"""Log-probabilities in batches of 1 and of several may differ by as much,
or by two steps in which logits are written."""
DIGITS = {"float32": 23, "bfloat16": 7, "float16": 10}
"""Binary digits after the first: a logit from 16 to 32 is written in bfloat16 in steps of 16 / 2**7."""
ORDINARY = 31.0
"""What the largest logit is taken to be where an engine shows none."""
LIKELIEST = 20
PROBE_TOKENS = 256
LOGPROBS = Decoding(name="letter_logprobs", max_new_tokens=1)
REMEDIES: dict[TestName, str] = {
    "template": "check the checkpoint's chat template, and that its processor belongs to it",
    "batch": "check that the engine pads on the left, or set batch_families: 1 and lower its own batch",
    "order": "check that the engine passes several images in the order of the prompt",
    "images": "check that the engine passes every image, that the pixel budget is no smaller than one patch, and that "
    "the model takes images at all",
    "places": "check that the engine, or the checkpoint's chat template, leaves images where the prompt has them; if "
    "the checkpoint's authors put them first, say `images_first: true` in the model's file",
}


class SelfTest(Block):
    """What a model's self-test found; kept beside its replies, so that it is done once."""

    model: str
    identity: dict[str, str]
    items: list[str]
    results: list[TestResult]

    def notes(self) -> dict[str, Any]:
        """For the meta file of answers: what was asked, and what its tests showed or could not show."""
        said = {r.test: r.outcome if r.outcome == "passed" else f"{r.outcome}: {r.detail}" for r in self.results}
        return {"model": self.identity, "self_test": said}


def self_test(
    items: Sequence[AnyItem],
    model: ChatModel,
    job: AnswersParams,
    store: AnswerStore,
    root: Path,
    contents: Contents | None = None,
) -> SelfTest:
    """The model's self-test on these items, from the store or done now; SpaceNumError names what failed and a remedy.

    Its questions ask for a letter, as ``job`` shows them to its model; in a reasoning mode the template is tested with
    questions that may think too. Failures are not kept: the next run tests again. contents: what has hashed the images
    of ``root``.
    """
    name, thinks = job.model, Mode.of(job.mode).format == "reasoning"
    questions = [as_shown(_question(item), job.config) for item in _sample(items)]
    paths = [
        _path(store, thinks, Keys(model.identity, LOGPROBS, contents or Contents(root), versions).unit(questions))
        for versions in (versions_of(model), {})  # records of before name no versions
    ]
    kept = next(filter(None, map(_kept, paths)), None)
    if kept:
        return kept
    results = list(_Tests(model, questions, root, job.config, thinks).results())
    record = SelfTest(
        model=name, identity=dict(model.identity), items=[question.item for question in questions], results=results
    )
    for result in results:
        print(f"self-test of {name}, {result.test}: {result.outcome} ({result.detail})", file=sys.stderr)
    for result in results:
        if result.outcome == "failed":
            raise SpaceNumError(
                f"{name} failed its self-test '{result.test}' ({result.detail}), so that its answers would mean "
                f"nothing; {REMEDIES[result.test]}"
            )
    publish(paths[0], f"{record.model_dump_json(indent=1)}\n".encode())
    return record


def _path(store: AnswerStore, thinks: bool, unit: QuestionBatch) -> Path:
    key = hashlib.sha256(f"self-test {VERSION} {thinks} {unit.key}".encode()).hexdigest()
    return store.root / "self_tests" / f"{key}.json"


def _kept(path: Path) -> SelfTest | None:
    try:
        return SelfTest.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError, json.JSONDecodeError):
        return None


def _sample(items: Sequence[AnyItem]) -> list[AnyItem]:
    """The first family of each task; where families are single items, the first two, so that a batch can be tested."""
    first: dict[str, list[AnyItem]] = {}
    for item in items:
        taken = first.setdefault(item.task, [])
        if len(taken) < 2 or item.family in (other.family for other in taken):
            taken.append(item)
    return [item for item in items if any(item in taken for taken in first.values())]


def _question(item: AnyItem) -> Question:
    return Question(item=item.id, family=item.family, parts=message_parts(item.prompt), letters=letters_of(item))


@dataclass(frozen=True)
class _Tests:
    """thinks: whether questions that may think are asked too."""

    model: ChatModel
    questions: Sequence[Question]
    root: Path
    config: ModelConfig
    thinks: bool

    def results(self) -> Iterator[TestResult]:
        yield self._template()
        blind, alone = "blind" in self.model.capabilities, self._alone()
        if isinstance(alone, str):
            yield TestResult(test="batch", outcome="untestable", detail=alone)
            if not blind:
                longest = max(len(_places(question)) for question in self.questions)
                yield from colours_told(self._told, longest, self.config.images_first)
            return
        yield self._batch(alone)
        if not blind:
            noise = _difference(alone[0], self._logs(self.questions[:1])[0])
            yield self._order(alone, noise)
            yield self._images(alone, noise)
            yield self._places(alone, noise)

    def _template(self) -> TestResult:
        if not isinstance(self.model, RendersPrompts):
            return TestResult(test="template", outcome="untestable", detail="the engine renders no prompts itself")
        thinking = [as_shown(replace(question, reasoning=True), self.config) for question in self.questions]
        for question in [*self.questions, *(thinking if self.thinks else [])]:
            if wrong := _wrong_prompt(self.model, question, self.config):
                return TestResult(test="template", outcome="failed", detail=f"item {question.item}: {wrong}")
        return TestResult(test="template", outcome="passed", detail="prompts end where generation starts")

    def _alone(self) -> list[Logs] | str:
        """Log-probabilities of each question asked alone; or why there are none,
        after the first question that shows it."""
        if "letter_logprobs" not in self.model.capabilities and not isinstance(self.model, ShowsLogits):
            return "the model gives no log-probabilities"
        found: list[Logs] = []
        for question in self.questions:
            found += self._logs([question])
            if np.isnan(found[-1]).all():
                return f"item {question.item}: the log-probabilities that are given don't tell its letters apart"
        return found

    def _logs(self, questions: Sequence[Question]) -> list[Logs]:
        """Of the letters; of a model that says no letter at once, of all that it may begin with."""
        if "letter_logprobs" not in self.model.capabilities and isinstance(self.model, ShowsLogits):
            return [_normalised(logits) for logits in self.model.first_logits(questions)]
        replies = self.model.reply(questions, LOGPROBS)
        if len(replies) != len(questions):
            raise SpaceNumError(f"the engine gave {len(replies)} replies to {len(questions)} questions")
        known = [reply.letter_logprobs or {} for reply in replies]
        return [
            np.array([logs.get(letter, np.nan) for letter in question.letters])
            for question, logs in zip(questions, known, strict=True)
        ]

    def _batch(self, alone: Sequence[Logs]) -> TestResult:
        """Of a whole vocabulary, what is likely: the tail says nothing of replies."""
        if "independent" in self.model.capabilities:
            return TestResult(test="batch", outcome="untestable", detail="the engine asks questions one by one")
        likely = [np.argsort(-logs)[:LIKELIEST] for logs in alone]
        pairs = zip(alone, self._logs(self.questions), likely, strict=True)
        worst = max(_difference(one[places], other[places]) for one, other, places in pairs)
        tolerance = self._tolerance()
        detail = (
            f"log-probabilities differ by {worst:.2g} between batches of 1 and "
            f"{len(self.questions)}, {tolerance:g} may be"
        )
        return TestResult(test="batch", outcome="passed" if worst <= tolerance else "failed", detail=detail)

    def _tolerance(self) -> float:
        largest = ORDINARY
        if isinstance(self.model, ShowsLogits):
            largest = float(self.model.first_logits(self.questions[:1])[0].max())
        dtype = self.config.dtype
        return max(TOLERANCE[dtype], 2 * rounding_step(largest, dtype))

    def _order(self, alone: Sequence[Logs], noise: float) -> TestResult:
        """Swap the first two images of each question that has two, and where they differ."""
        different = False
        for question, logs in zip(self.questions, alone, strict=True):
            places = _places(question)
            if len(places) < 2 or question.parts[places[0]] == question.parts[places[1]]:
                continue
            different = True
            if _difference(logs, self._logs([_swapped(question, *places[:2])])[0]) <= noise:
                detail = f"item {question.item}: nothing changes when its first two images are swapped"
                return TestResult(test="order", outcome="failed", detail=detail)
        if not different:
            return TestResult(test="order", outcome="untestable", detail="no item shows two different images")
        return TestResult(test="order", outcome="passed", detail="swapping two images changes the letters")

    def _images(self, alone: Sequence[Logs], noise: float) -> TestResult:
        """Blacken each image of the first question of each family in turn."""
        seen: set[str] = set()
        with tempfile.TemporaryDirectory() as folder:
            for question, logs in zip(self.questions, alone, strict=True):
                for place in _places(question) if question.family not in seen else []:
                    black = self._black(question, place, Path(folder))
                    if _difference(logs, self._logs([black])[0]) <= noise:
                        detail = (
                            f"item {question.item}: nothing changes when image "
                            f"{_places(question).index(place) + 1} is black"
                        )
                        return TestResult(test="images", outcome="failed", detail=detail)
                seen.add(question.family)
        return TestResult(test="images", outcome="passed", detail="blackening any image changes the letters")

    def _black(self, question: Question, place: int, folder: Path) -> Question:
        part = question.parts[place]
        assert isinstance(part, Image)
        with PIL.Image.open(self.root / part.image) as image:
            path = folder / f"black-{image.width}x{image.height}.png"
            PIL.Image.new("RGB", image.size).save(path)
        return _with(question, {place: Image(image=str(path))})

    def _places(self, alone: Sequence[Logs], noise: float) -> TestResult:
        """Move an image past the text beside it, in the first question of each family. The words stay one after the
        other as they were, so that nothing changes for an engine that puts all images first."""
        if self.config.images_first:
            return TestResult(test="places", outcome="untestable", detail=IMAGES_FIRST)
        seen: set[str] = set()
        for question, logs in zip(self.questions, alone, strict=True):
            moved = _moved(question) if question.family not in seen else None
            if moved and _difference(logs, self._logs([moved])[0]) <= noise:
                detail = f"item {question.item}: nothing changes when an image is moved past a text"
                return TestResult(test="places", outcome="failed", detail=detail)
            seen |= {question.family} if moved else set()
        if not seen:
            return TestResult(test="places", outcome="untestable", detail="no item shows an image beside a text")
        return TestResult(test="places", outcome="passed", detail="moving an image past a text changes the letters")

    def _told(self, parts: Sequence[Text | Image]) -> Reply:
        question = Question(item="self-test", family="self-test", parts=message_parts(parts), letters=())
        limits = self.config.max_new_tokens
        longest = max(PROBE_TOKENS, limits.reasoning if self.config.reasoning == "checkpoint" else limits.letter)
        [reply] = self.model.reply([as_shown(question, self.config)], Decoding(name="greedy", max_new_tokens=longest))
        return reply


def _moved(question: Question) -> Question | None:
    """The question with the first image that has a text beside it on that text's other side; None if none has."""
    for place, (one, other) in enumerate(pairwise(question.parts)):
        if isinstance(one, Text) != isinstance(other, Text):
            return _swapped(question, place, place + 1)
    return None


def _wrong_prompt(model: RendersPrompts, question: Question, config: ModelConfig) -> str | None:
    """What is wrong with a question as the chat template writes it, in one clause; None if nothing is."""
    closed, opened = (model.rendered(question, generation) for generation in (False, True))
    if not opened.startswith(closed):
        return "the chat template changes the question when it opens the model's turn"
    if len(opened) == len(closed):
        return "the chat template doesn't open the model's turn"
    if question.system and "".join(question.system.split()) not in "".join(closed.split()):
        return "the chat template leaves the system prompt out"
    _, thought = after_last(opened[len(closed) :])
    if thought and not config.thinks(question.reasoning):
        return (
            f"its prompt opens a thought ({thought}) where none is asked for, and letters would be read where it "
            "begins; say in the model's file `reasoning: checkpoint` if it always thinks, or `reasoning: template` if "
            "a flag of its chat template keeps it from that"
        )
    by_flag = question.reasoning and config.reasoning == "template"
    if by_flag and model.rendered(replace(question, reasoning=False), True) == opened:
        return (
            "the chat template has no flag that lets the model think, though the model's file says `reasoning: "
            "template`; say `reasoning: prompt` there, to ask for thoughts in words, or name the flag"
        )
    return None


def rounding_step(value: float, dtype: str) -> float:
    """The distance between neighbouring numbers of a dtype at ``value``."""
    return 2.0 ** (math.floor(math.log2(max(abs(value), 1e-30))) - DIGITS[dtype])


def _difference(a: Logs, b: Logs) -> float:
    """The largest difference between two replies' log-probabilities, of those that both have;
    infinite if there are none."""
    apart = np.abs(a - b)
    return float("inf") if np.isnan(apart).all() else float(np.nanmax(apart))


def _normalised(logits: NDArray[np.float32]) -> Logs:
    shifted = logits.astype(np.float64) - logits.max()
    logs: Logs = shifted - np.log(np.exp(shifted).sum())
    return logs


def _places(question: Question) -> list[int]:
    return [place for place, part in enumerate(question.parts) if isinstance(part, Image)]


def _swapped(question: Question, one: int, other: int) -> Question:
    return _with(question, {one: question.parts[other], other: question.parts[one]})


def _with(question: Question, parts: Mapping[int, Text | Image]) -> Question:
    return replace(question, parts=tuple(parts.get(place, part) for place, part in enumerate(question.parts)))
