"""From an item to the question that a model sees: answer format and option order are changed here, never in item files.

Items are asked as they stand (``spacenum/items/templates``) but for three things that are found by their fixed words:
the sentence that asks for a letter, the lines ``Option X: …``, and the images that follow ``Option X:``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spacenum.asking.chat import Question
from spacenum.asking.modes import Mode
from spacenum.asking.settings import ModelConfig, ReasoningSwitch
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import AnyItem, Image, LayoutItem, Letter, Text, TransitionItem

PromptPart = Text | Image
TEMPLATES = Path(__file__).parent / "templates"
UNITS = {"m": "metres", "deg": "degrees"}

_INSTRUCTION = re.compile(
    r"(?P<which>Which option describes [^?\n]*\? )?Reply with the letter of one option only \([^)\n]*\), "
    r"without any explanation\."
)
_OPTION_LINE = re.compile(r"^Option (?P<letter>[A-Z]): (?P<value>.+)$\n?", re.MULTILINE)


def template_files() -> list[Path]:
    """The sentences that ask for another form of answer."""
    return sorted(TEMPLATES.glob("*.txt"))


def letters_of(item: AnyItem) -> tuple[Letter, ...]:
    """The letters that an item offers, in their order."""
    return tuple(option.letter for option in item.options)


def own_letter(item: AnyItem, shown: Letter, rotation: int) -> Letter:
    """The item's letter of the option that is shown as ``shown`` when the order is rotated.

    Rotation r shows at place p the option that the item has at place p + r, counted round.
    """
    letters = letters_of(item)
    return letters[(letters.index(shown) + rotation) % len(letters)]


def shown_letter(item: AnyItem, own: Letter, rotation: int) -> Letter:
    """The letter under which an option of the item is shown when the order is rotated."""
    letters = letters_of(item)
    return letters[(letters.index(own) - rotation) % len(letters)]


def message_parts(parts: Sequence[PromptPart]) -> tuple[PromptPart, ...]:
    """A prompt as a chat message shows it: a line break wherever a text and an image meet; neighbouring texts are one.

    One rule for every engine and family, since chat templates have rules of their own: Qwen's add nothing about an
    image, InternVL's a line break after it; Gemma's cut white space off texts, and its processor puts blank lines about
    images. They may make a blank line of a break, but none loses it.
    """
    shown: list[PromptPart] = []
    for words, neighbours in groupby(parts, lambda part: isinstance(part, Text)):
        run = list(neighbours)
        shown += [Text(text="\n".join(part.text.strip() for part in run if isinstance(part, Text)))] if words else run
    last = len(shown) - 1
    return tuple(
        Text(text="\n" * (place > 0) + part.text + "\n" * (place < last)) if isinstance(part, Text) else part
        for place, part in enumerate(shown)
    )


def as_shown(question: Question, config: ModelConfig) -> Question:
    """A question as its model is shown it: with the system prompt of the model's file, and with images before texts if
    that says so. The same for every engine, in self-tests and in training."""
    first = sorted(question.parts, key=lambda part: isinstance(part, Text))
    parts = message_parts(first) if config.images_first else question.parts
    return replace(question, parts=parts, system=config.system_for(question.reasoning))


class Questioner:
    """Writes prompts in the words of a mode; ``reasoning`` is how the model is asked to think."""

    def __init__(self, mode: Mode, reasoning: ReasoningSwitch) -> None:
        self._mode, self._reasoning = mode, reasoning
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)

    def parts(self, item: AnyItem, rotation: int) -> tuple[PromptPart, ...]:
        """The message's texts and images in order; SpaceNumError if the item doesn't have the structure to change."""
        parts = rotated(item, rotation) if rotation else item.prompt
        if self._mode.format == "open":
            parts = _texts(parts, lambda text: _OPTION_LINE.sub("", text))
        if self._mode.format != "letter":
            parts = self._instructed(item, parts)
        return message_parts(parts)

    def _instructed(self, item: AnyItem, parts: Sequence[PromptPart]) -> list[PromptPart]:
        """The prompt with another instruction in the place of the one that asks for a letter."""
        found = sum(len(_INSTRUCTION.findall(part.text)) for part in parts if isinstance(part, Text))
        if found != 1:
            raise SpaceNumError(
                f"item {item.id}: its prompt asks {found} times to reply with a letter, so that mode {self._mode.name} "
                "can't tell what to ask instead; it should ask once, as spacenum/items/templates do"
            )
        sentence = self.sentence(item)
        keep = "" if self._mode.format == "open" else r"\g<which>"
        return _texts(parts, lambda text: _INSTRUCTION.sub(lambda match: match.expand(keep) + sentence, text))

    def sentence(self, item: AnyItem) -> str:
        """What stands in the place of the sentence that asks for a letter. SpaceNumError where the
        mode has none for such items."""
        if self._mode.format == "reasoning":
            name = "reasoning.prompt.txt" if self._reasoning == "prompt" else "reasoning.letter.txt"
            return self._filled(name, letters=letters_of(item))
        if isinstance(item, TransitionItem):
            return self._filled("open.transition.txt", unit=UNITS[item.truth.unit])
        if isinstance(item, LayoutItem):
            return self._filled("open.layout.txt", target=item.truth.target)
        raise SpaceNumError(
            f"item {item.id}: another benchmark's items have no number that mode {self._mode.name} could ask for"
        )

    def _filled(self, name: str, **words: object) -> str:
        return self._templates.get_template(name).render(**words).strip()


def rotated(item: AnyItem, rotation: int) -> list[PromptPart]:
    """The prompt with the options moved on by ``rotation`` places: letters stay where they are, contents move.

    Num2Space moves the images, Space2Num what follows ``Option X:``. SpaceNumError if they are not all found.
    """
    letters = letters_of(item)
    if item.task == "num2space":
        moved = dict(zip(_images(item), _turned(_images(item), rotation), strict=True))
        shown = [part.image for part in item.prompt if isinstance(part, Image) and part.image in moved]
        if shown != list(moved):
            raise SpaceNumError(f"item {item.id}: its prompt does not show each option's image once, in their order")
        return [
            Image(image=moved.get(part.image, part.image)) if isinstance(part, Image) else part for part in item.prompt
        ]
    texts = [match for part in item.prompt if isinstance(part, Text) for match in _OPTION_LINE.finditer(part.text)]
    if [match["letter"] for match in texts] != list(letters):
        raise SpaceNumError(f"item {item.id}: its prompt does not list the options {', '.join(letters)} a line each")
    values = dict(zip(map(str, letters), _turned([match["value"] for match in texts], rotation), strict=True))

    def rewritten(match: re.Match[str]) -> str:
        end = "\n" if match[0].endswith("\n") else ""
        return f"Option {match['letter']}: {values[match['letter']]}{end}"

    return _texts(item.prompt, lambda text: _OPTION_LINE.sub(rewritten, text))


def _images(item: AnyItem) -> list[str]:
    return [option.image for option in item.options if option.image]


def _turned(contents: Sequence[str], rotation: int) -> list[str]:
    return [contents[(place + rotation) % len(contents)] for place in range(len(contents))]


def _texts(parts: Sequence[PromptPart], change: Callable[[str], str]) -> list[PromptPart]:
    return [Text(text=change(part.text).strip()) if isinstance(part, Text) else part for part in parts]
