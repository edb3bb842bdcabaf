"""Training items as lessons: what is asked, and what is to be replied; in the words of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spacenum.asking.chat import Question
from spacenum.asking.modes import Mode
from spacenum.asking.questions import PromptPart, Questioner, letters_of, message_parts, rotated, shown_letter
from spacenum.asking.worked import number, options_said, worked
from spacenum.items.schema import AnyItem, Image, Item, Text
from spacenum.pretraining.settings import LessonName

DRILLED = 12  # letters asked for in a drill
EVERY_NUMBER = "Write down the numbers of every option, a line each, without any explanation."


@dataclass(frozen=True)
class Lesson:
    """A question and the reply to learn."""

    question: Question
    reply: str


class _Open(Questioner):
    """Asks for the numbers themselves, in Num2Space for those of each image."""

    def sentence(self, item: AnyItem) -> str:
        return EVERY_NUMBER if item.task == "num2space" else super().sentence(item)


class Teacher:
    """Makes lessons. rotation: by how many places the options are moved on, as in asking."""

    @cached_property
    def _open(self) -> Questioner:
        return _Open(Mode.of("open-greedy"), "none")

    @cached_property
    def _letter(self) -> Questioner:
        return Questioner(Mode.of("letter-greedy"), "none")

    def lesson(self, name: LessonName, item: Item, rotation: int = 0) -> Lesson:
        """parts, numbers: those of the images, a line each. letters: the benchmark's own question. spoken: the same,
        answered by all options' numbers and letters, then the right ones. look_ups: the same reply,
        with numbers in the place of images."""
        parts = without_images(item, rotation) if name == "look_ups" else self._asking(name).parts(item, rotation)
        question = Question(f"{item.id}.{name}.{rotation}", item.family, parts, letters_of(item))
        return Lesson(question, _reply(name, item, rotation))

    def drill(self, item: Item, rng: np.random.Generator) -> Lesson:
        """An item's options in any order, then one after another drawn by lot, each to be answered by its letter."""
        letters = letters_of(item)
        shown = [
            f"{number(item, item.options[k])}: {letter}"
            for k, letter in zip(rng.permutation(len(letters)), letters, strict=True)
        ]
        asked = [shown[k] for k in rng.integers(len(shown), size=DRILLED)]
        question = Question(f"{item.id}.drills", item.family, (Text(text="\n".join(shown)),), letters)
        return Lesson(question, "\n".join(asked))

    def _asking(self, name: LessonName) -> Questioner:
        return self._open if name in ("parts", "numbers") else self._letter


def _reply(name: LessonName, item: Item, rotation: int) -> str:
    if name in ("parts", "numbers"):
        return numbers_said(item, rotation)
    return shown_letter(item, item.answer, rotation) if name == "letters" else worked(item, rotation)


def numbers_said(item: Item, rotation: int) -> str:
    """Space2Num: the true number. Num2Space: the numbers of all images, as ``options_said``."""
    return number(item) if item.task == "space2num" else "\n".join(options_said(item, rotation))


def without_images(item: Item, rotation: int) -> tuple[PromptPart, ...]:
    """The benchmark's question with what images show in words: Num2Space's options, and the image that Space2Num asks
    about; the view before an action just falls out."""
    parts = rotated(item, rotation) if rotation else item.prompt
    images = [part.image for part in parts if isinstance(part, Image)]
    words = {option.image: number(item, option) for option in item.options if option.image}
    if item.task == "space2num":
        words = {images[-1]: number(item)}
    told = [
        Text(text=words[part.image]) if isinstance(part, Image) else part
        for part in parts
        if not (isinstance(part, Image) and part.image not in words)
    ]
    return message_parts(told)
