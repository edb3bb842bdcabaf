"""From questions to items: worded by a protocol, with their options in its order."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spacenum.core.errors import SpaceNumError
from spacenum.external.base import ExternalQuestion, Protocol
from spacenum.items.families import OptionOrders, letters_for
from spacenum.items.schema import CELLS, AnyTask, Cell, ExternalItem, ExternalOption, ExternalTruth, Image, Text
from spacenum.scenes.spec import Split

TEMPLATES = Path(__file__).parent / "templates"
NO_SIMULATOR = "none"
_MARK = re.compile(r"<image(?:_?\d+)?>", re.IGNORECASE)


def template_files() -> list[Path]:
    """The words around a question."""
    return sorted(TEMPLATES.glob("*.txt"))


class ExternalItems:
    """Words questions by a protocol. preface: in place of our own guidance, for a protocol that gives one. official:
    what the benchmark's own script says before a question (``official.read_prompt``), for a protocol that follows it.
    """

    def __init__(
        self, variant: str, protocol: Protocol, seed: int, preface: str | None = None, official: str | None = None
    ) -> None:
        self._variant, self._protocol, self._preface, self._official = variant, protocol, preface, official
        self._orders = OptionOrders(seed)
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)

    def items(self, questions: Sequence[ExternalQuestion], split: Split = "benchmark") -> list[ExternalItem]:
        """One item per question, each its own family, under ids that are the same in all protocols."""
        return [self._item(number, question, split) for number, question in enumerate(questions)]

    def _item(self, number: int, question: ExternalQuestion, split: Split) -> ExternalItem:
        order = self._order(question)
        letters = letters_for(len(order))
        options = [
            ExternalOption(letter=letter, **question.options[place].model_dump())
            for letter, place in zip(letters, order, strict=True)
        ]
        name = f"{question.cell}.{number:06d}"
        return ExternalItem(
            id=name,
            split=split,
            variant=self._variant,
            task=_task(question),
            cell=question.cell,
            family=name,
            scene=question.scene,
            simulator=NO_SIMULATOR,
            prompt=list(self._prompt(question, options)),
            answer=letters[order.index(question.answer)],
            group=question.group,
            options=options,
            truth=ExternalTruth(source=question.source, option=question.answer),
        )

    def _order(self, question: ExternalQuestion) -> list[int]:
        """The published place of each option. A seeded order balances the key: among questions with as many options,
        the right one stands as often at each letter, give or take one."""
        places = list(range(len(question.options)))
        if self._protocol.order == "published":
            return places
        right_first = sorted(places, key=lambda place: place != question.answer)
        turned = self._orders.next(f"{question.cell}/{len(places)}", len(places))
        return [right_first[place] for place in turned]

    def _prompt(self, question: ExternalQuestion, options: Sequence[ExternalOption]) -> Iterator[Text | Image]:
        """Images first, or where the question's text has marks for them; then the options and what to reply."""
        if self._protocol.official:
            yield from self._official_prompt(question, options)
            return
        if guidance := self._guidance():
            yield Text(text=guidance)
        pieces = _MARK.split(question.question)
        if len(pieces) == 1:
            yield from (Image(image=image) for image in question.images)
        elif len(pieces) != len(question.images) + 1:
            raise SpaceNumError(
                f"item {question.source}: its text has {len(pieces) - 1} marks for images, "
                f"and it shows {len(question.images)}"
            )
        for place, piece in enumerate(pieces[:-1]):
            yield from _said(piece)
            yield Image(image=question.images[place])
        if question.worded:
            yield from _said(pieces[-1])
            return
        ask = self._filled(
            "ask.guided.txt" if self._protocol.guided else "ask.txt", letters=[o.letter for o in options]
        )
        if options[0].image is None:
            lines = [f"Option {option.letter}: {option.text}" for option in options]
            yield from _said("\n".join([pieces[-1].strip(), *lines, ask]))
            return
        yield from _said(pieces[-1])
        for option in options:
            yield Text(text=f"Option {option.letter}:")
            yield Image(image=str(option.image))
        yield Text(text=ask)

    def _official_prompt(self, question: ExternalQuestion, options: Sequence[ExternalOption]) -> Iterator[Text | Image]:
        """Images, then one text: the authors' words, the question, and an option a line, 'A. left'."""
        if self._official is None:
            raise SpaceNumError(f"{self._variant}: is asked in its authors' words, and none were given")
        yield from (Image(image=image) for image in question.images)
        lines = [question.question, *(f"{option.letter}. {option.text}" for option in options)]
        yield Text(text=self._official + "\n".join(lines))

    def _guidance(self) -> str | None:
        if not self._protocol.guided:
            return None
        return (self._preface or self._filled("guidance.txt")).strip()

    def _filled(self, name: str, **words: object) -> str:
        return self._templates.get_template(name).render(**words).strip()


def report(items: Sequence[ExternalItem]) -> str:
    """JSON: how many items there are, by group, number of options and images, and right letter."""
    counts = {
        "groups": Counter(item.group for item in items),
        "options": Counter(str(len(item.options)) for item in items),
        "images": Counter(str(sum(isinstance(part, Image) for part in item.prompt)) for item in items),
        "letters": Counter(str(item.answer) for item in items),
    }
    counted = {name: dict(sorted(found.items())) for name, found in counts.items()}
    return json.dumps({"items": len(items), **counted}, indent=1) + "\n"


def _said(text: str) -> Iterator[Text]:
    if text.strip():
        yield Text(text=text.strip())


def _task(question: ExternalQuestion) -> AnyTask:
    """An imported item of one of the 20 cells has that cell's task."""
    return Cell.of(question.cell).task if question.cell in CELLS else "choice"
