"""Probing questions about plain colours: what replies to them show of whether a model sees its images, and where."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, groupby
from pathlib import Path
from typing import Literal

import PIL.Image

from spacenum.asking.chat import Reply
from spacenum.asking.thoughts import after_last
from spacenum.core.blocks import Block
from spacenum.items.schema import Image, Text

TestName = Literal["template", "batch", "order", "images", "places"]
FEWEST_PROBED = 4
COLOURS = {"red": (220, 0, 0), "blue": (0, 0, 220), "green": (0, 160, 0), "yellow": (240, 220, 0)}
ORDER = ("green", "red", "yellow", "blue")
"""Of the probe's images, and so on from the first: no order in which colours are usually named."""
NAMED = {
    **{name: name for name in COLOURS},
    **{"crimson": "red", "navy": "blue", "lime": "green", "gold": "yellow"},
    **{"红": "red", "蓝": "blue", "绿": "green", "黄": "yellow"},
}
"""What the colours may be called."""
ANY_COLOUR = re.compile("|".join(rf"\b{name}\b" if name.isascii() else name for name in NAMED))
ALL_COLOURS = "Each image has one colour. Name the colours in the order of the images, separated by commas."
WORD, OTHER_WORD = "RIVER", "APPLE"
COLOUR_BEHIND = f"Which colour has the first image after the word {WORD}? Reply with that colour only."
IMAGES_FIRST = "the model's file puts all images before the texts"


class TestResult(Block):
    """One test. outcome: failed stops the job; untestable means that this model can't show it either way."""

    test: TestName
    outcome: Literal["passed", "failed", "untestable"]
    detail: str


def colours_told(
    told: Callable[[Sequence[Text | Image]], Reply], longest: int, images_first: bool
) -> Iterator[TestResult]:
    """Ask for colours of plain images, as many as the longest item has. All named, in order: every image was seen,
    in order. Then which one follows a word, with an image before that word and behind it: what puts all images
    first can't tell the two apart.

    told: what the model replies to a prompt. longest: images of the item that has most. images_first: whether the
    model's file puts all images before the texts.
    """
    with tempfile.TemporaryDirectory() as folder:
        images = {name: _plain(Path(folder) / f"{name}.png", name) for name in COLOURS}
        right = [name for name, _ in zip(cycle(ORDER), range(max(FEWEST_PROBED, longest)), strict=False)]
        numbered = [part for k, name in enumerate(right, 1) for part in (Text(text=f"Image {k}:"), images[name])]
        yield from _of_colours(told([*numbered, Text(text=ALL_COLOURS)]), right)
        if images_first:
            yield TestResult(test="places", outcome="untestable", detail=IMAGES_FIRST)
            return
        red, blue, green, yellow = images.values()
        first, second = (Text(text=f"{word}:") for word in (OTHER_WORD, WORD))
        before = told([first, red, blue, second, green, yellow, Text(text=COLOUR_BEHIND)])
        behind = told([first, red, second, blue, green, yellow, Text(text=COLOUR_BEHIND)])
        yield _of_places(before, behind)


def _plain(path: Path, colour: str) -> Image:
    PIL.Image.new("RGB", (224, 224), COLOURS[colour]).save(path)
    return Image(image=str(path))


def _silent(reply: Reply) -> str | None:
    """Why a reply says nothing, so that it shows nothing of the model; None if it says something."""
    if reply.refused is not None:
        return f"the question was refused ({reply.refused})"
    said, opened = after_last(reply.text or "")
    if said.strip() and not (opened and not reply.finished):
        return None
    return "it was cut before it answered" if not reply.finished else "its reply was empty"


def _named(reply: Reply) -> list[str]:
    """The colours that a reply names, in order, each once where it is named several times in a row."""
    return [colour for colour, _ in groupby(_mentioned(reply))]


def _mentioned(reply: Reply) -> list[str]:
    """Every mention of a colour in a reply, thoughts apart."""
    return [NAMED[match] for match in ANY_COLOUR.findall(after_last(reply.text or "")[0].lower())]


def _of_colours(reply: Reply, right: list[str]) -> Iterator[TestResult]:
    """What the reply about images of the colours ``right`` shows; in a cut one, that what it names is right so far
    shows nothing."""
    asked = f"asked for the colours of {len(right)} plain images ({', '.join(right)})"
    if silent := _silent(reply):
        yield TestResult(test="images", outcome="untestable", detail=f"{asked}, {silent}")
        yield TestResult(test="order", outcome="untestable", detail=f"{asked}, {silent}")
        return
    named = _named(reply)
    ordered = right in (named[: len(right)], named[-len(right) :])
    passed: dict[TestName, bool] = {
        "images": set(named) == set(right) and len(_mentioned(reply)) >= len(right),
        "order": ordered,
    }
    partly = not reply.finished and bool(named) and named == right[: len(named)]
    otherwise: Literal["untestable", "failed"] = "untestable" if partly else "failed"
    for test, shown in passed.items():
        outcome: Literal["passed", "untestable", "failed"] = "passed" if shown else otherwise
        yield TestResult(test=test, outcome=outcome, detail=f"{asked}, it said {_end(reply)}")


def _of_places(before: Reply, behind: Reply) -> TestResult:
    """What the replies show of a blue image that stood before the word, and then behind it."""
    asked = f"asked which colour follows the word {WORD} (green; blue, once that image was moved past the word)"
    if silent := _silent(before) or _silent(behind):
        return TestResult(test="places", outcome="untestable", detail=f"{asked}, {silent}")
    # the first or the last that it names: some count all of them up before or after they answer
    one, other = (set(_named(reply)[:1] + _named(reply)[-1:]) for reply in (before, behind))
    said = f"{asked}, it said {_end(before)} and {_end(behind)}"
    outcome: Literal["passed", "failed"] = "passed" if "green" in one and "blue" in other and one != other else "failed"
    return TestResult(test="places", outcome=outcome, detail=said)


def _end(reply: Reply) -> str:
    return repr((reply.text or "")[-80:])
