"""Two items for a visitor to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spacenum.items.numbers import write_corners, write_magnitude
from spacenum.items.schema import Image, Item, Letter, TransitionOption

CELLS_SHOWN = ("transition.num2space.rotate_left_right", "layout.space2num.2d.room")


@dataclass(frozen=True)
class Choice:
    """An option: an image, or its value in words."""

    letter: Letter
    text: str
    image: str | None


@dataclass(frozen=True)
class Example:
    """An item as it is asked: texts and images up to its options, the options, and what follows. said: each model's
    letter and whether it is right."""

    item: Item
    before: Sequence[str | Image]
    choices: Sequence[Choice]
    after: str
    said: Mapping[str, tuple[Letter, bool]]


def examples(items: Sequence[Item], letters: Mapping[str, Mapping[str, Letter]]) -> list[Example]:
    """Of each of two cells the item whose options differ most, so that they can be told apart by eye; of a study
    without the cell, an item of its setting. letters: by item and model."""
    found = []
    for cell in CELLS_SHOWN:
        own = [item for item in items if item.cell == cell]
        own = own or [item for item in items if item.setting == cell.split(".")[0]]
        if own:
            found.append(_example(max(own, key=lambda item: item.quality.option_difference), letters))
    return found


def _example(item: Item, letters: Mapping[str, Mapping[str, Letter]]) -> Example:
    """Images that are options stand with their letters; texts that only announce one are left out."""
    options = {option.image for option in item.options if option.image}
    first = next((k for k, part in enumerate(item.prompt) if getattr(part, "image", None) in options), None)
    parts = [part if isinstance(part, Image) else part.text.strip() for part in item.prompt]
    if first is None or item.task == "space2num":
        return _made(item, parts[:-1], str(parts[-1]), letters)
    announced = str(parts[first - 1]).removesuffix(f"Option {item.options[0].letter}:").strip()
    return _made(item, [*parts[: first - 1], announced], str(parts[-1]), letters)


def _made(
    item: Item, before: Sequence[str | Image], after: str, letters: Mapping[str, Mapping[str, Letter]]
) -> Example:
    choices = [Choice(option.letter, _value(option), option.image) for option in item.options]
    said = {name: (letter, letter == item.answer) for name, letter in letters.get(item.id, {}).items()}
    return Example(item, [part for part in before if part], choices, after, said)


def _value(option: object) -> str:
    if isinstance(option, TransitionOption):
        return write_magnitude(option.value, option.unit)
    return write_corners(option.value)  # type: ignore[attr-defined]
