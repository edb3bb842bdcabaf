"""Two items for a visitor to answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from spacenum.items.numbers import write_corners, write_magnitude
from spacenum.items.schema import Image, Item, Letter, TransitionOption

CELLS_SHOWN = ("transition.num2space.rotate_left_right", "layout.space2num.2d.room")


@dataclass(frozen=True)
class ShownChoice:
    """An option: an image, or its value in words."""

    letter: Letter
    text: str
    image: str | None


@dataclass(frozen=True)
class ShownExample:
    """An item as it is asked: texts and images, without the options' images, which the choices have. said: each model's
    letter and whether it is right."""

    item: Item
    asked: Sequence[str | Image]
    choices: Sequence[ShownChoice]
    said: Mapping[str, tuple[Letter, bool]]


def examples(items: Collection[Item], letters: Mapping[str, Mapping[str, Letter]]) -> list[ShownExample]:
    """Of each of two cells the item whose options differ most, so that they can be told apart by eye; of a study
    without the cell, an item of its setting. letters: by item and model."""
    found = []
    for cell in CELLS_SHOWN:
        own = [item for item in items if item.cell == cell]
        own = own or [item for item in items if item.setting == cell.split(".")[0]]
        if own:
            found.append(_example(max(own, key=lambda item: item.quality.option_difference), letters))
    return found


def _example(item: Item, letters: Mapping[str, Mapping[str, Letter]]) -> ShownExample:
    asked: list[str | Image] = []
    options: dict[str | None, Letter] = {option.image: option.letter for option in item.options if option.image}
    for part, following in zip_longest(item.prompt, item.prompt[1:]):
        letter = options.get(getattr(following, "image", None))
        if isinstance(part, Image):
            asked += [] if part.image in options else [part]
        elif text := part.text.strip().removesuffix(f"Option {letter}:").strip():
            asked.append(text)
    choices = [ShownChoice(option.letter, _value(option), option.image) for option in item.options]
    said = {name: (letter, letter == item.answer) for name, letter in letters.get(item.id, {}).items()}
    return ShownExample(item, asked, choices, said)


def _value(option: object) -> str:
    if isinstance(option, TransitionOption):
        return write_magnitude(option.value, option.unit)
    return write_corners(option.value)  # type: ignore[attr-defined]
