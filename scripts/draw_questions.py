"""Draw items as they are asked, each with a model's reply: docs/images/questions.jpg. Run in a study's folder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib
from matplotlib.figure import Figure, SubFigure

from paper_figures.style import COLOURS, PAGE_IN, STYLE
from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import atomic_path, read_jsonl
from spacenum.frames.store import read_image
from spacenum.items.schema import ITEM, Image, Text

TASKS = {"num2space": "Num2Space", "space2num": "Space2Num"}
RIGHT, WRONG = COLOURS[2], COLOURS[1]
HIDDEN = "Reply with the letter of one option only (A, B, C, D), without any explanation. "
PER_IN, LINE_IN, IMAGE_IN, EDGE_IN = 17.5, 0.135, 1.36, 0.08
"""Letters of the text in an inch, and heights: of a line, of an image, of a margin."""
QUALITY: dict[str, Any] = {".jpg": {"pil_kwargs": {"quality": 88}}}


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("items", nargs="+", help="ids, such as transition.num2space.rotate_left_right.000007")
    cli.add_argument("--model", default="demonstration", help="whose reply is shown (default: %(default)s)")
    cli.add_argument("--mode", default="letter-greedy", help="the mode of the reply (default: %(default)s)")
    cli.add_argument("--out", type=Path, required=True, help="the picture, a .jpg or .png file")
    args = cli.parse_args()
    shown = [(item_of(name), reply_to(name, args.model, args.mode)) for name in args.items]
    with matplotlib.rc_context(STYLE | {"font.size": 7.5}), atomic_path(args.out) as path:
        draw(shown, args.model).savefig(path, format=args.out.suffix[1:], dpi=200, **QUALITY.get(args.out.suffix, {}))


def item_of(name: str) -> Any:
    """The base item of that id; SpaceNumError if there is none."""
    return _named(Path(f"data/items/benchmark/base/{name.split('.')[0]}.jsonl"), ITEM, "id", name)


def reply_to(name: str, model: str, mode: str) -> Any:
    """The first reply of ``model`` to the item; SpaceNumError if there is none."""
    return _named(Path(f"results/answers/{model}/{mode}/base/{name.split('.')[0]}.jsonl"), Answer, "item", name)


def _named(path: Path, kind: Any, key: str, name: str) -> Any:
    for line in read_jsonl(path, kind):
        if getattr(line, key) == name:
            return line
    raise SpaceNumError(f"{path} has no line whose {key} is {name}")


def draw(shown: Sequence[tuple[Any, Any]], model: str) -> Figure:
    """One item below the other: its words, its images under their letters, and the reply."""
    words = [_words(item) for item, _ in shown]
    replies = [_reply(item, answer, model) for item, answer in shown]
    lines = [text.count("\n") + reply.count("\n") for text, reply in zip(words, replies, strict=True)]
    heights = [LINE_IN * (count + 3.8) + IMAGE_IN + 2 * EDGE_IN for count in lines]
    figure = Figure(figsize=(PAGE_IN, sum(heights)))
    parts: Any = figure.subfigures(len(shown), 1, height_ratios=heights, squeeze=False)
    for (item, answer), text, reply, part, height in zip(shown, words, replies, parts[:, 0], heights, strict=True):
        edge, side = EDGE_IN / height, EDGE_IN / PAGE_IN
        part.text(side, 1 - edge, f"{item.setting.capitalize()}, {TASKS[item.task]}", va="top", weight="bold")
        part.text(side, 1 - edge - 1.15 * LINE_IN / height, text, va="top", linespacing=1.25)
        _images(part, item, height, EDGE_IN + LINE_IN * (reply.count("\n") + 1.4))
        colour = RIGHT if answer.letter == item.answer else WRONG
        part.text(side, edge, reply, va="bottom", weight="bold", color=colour, linespacing=1.25)
    return figure


def _reply(item: Any, answer: Any, model: str) -> str:
    verdict = "right" if answer.letter == item.answer else f"wrong, the right answer is {item.answer}"
    said = " / ".join(answer.reply.splitlines())
    return fill(f"{model}: “{said}” ({verdict})", int(0.9 * PER_IN * PAGE_IN))


def _words(item: Any) -> str:
    """The prompt's words, but for the sentence on the form of the reply and labels of options that are images."""
    texts = [part.text for part in item.prompt if isinstance(part, Text)]
    lines = "\n".join(texts).replace(HIDDEN, "").replace(HIDDEN.strip(), "").split("\n")
    labels = {f"Option {option.letter}:" for option in item.options}
    width = int(PER_IN * PAGE_IN)
    return "\n".join(fill(line.strip(), width) for line in lines if line.strip() and line not in labels)


def _images(part: SubFigure, item: Any, height: float, bottom: float) -> None:
    letters = {option.image: option.letter for option in item.options if option.image}
    for place, image in enumerate([piece.image for piece in item.prompt if isinstance(piece, Image)]):
        left, size = EDGE_IN + place * (IMAGE_IN + 0.04), (IMAGE_IN / PAGE_IN, IMAGE_IN / height)
        axis = part.add_axes((left / PAGE_IN, bottom / height, *size))
        axis.imshow(read_image(Path(image)))
        axis.set(xticks=[], yticks=[])
        letter = letters.get(image, "before" if letters else "")
        right = letter == item.answer
        box = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.5}
        axis.text(0.03, 0.97, letter, transform=axis.transAxes, va="top", weight="bold", bbox=box if letter else None)
        for spine in axis.spines.values():
            spine.set(color=RIGHT if right else "0.3", linewidth=2 if right else 0.5)


if __name__ == "__main__":
    run_script(main)
