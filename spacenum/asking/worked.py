"""The right reply that shows its numbers, for models that are taught to say them before the letter."""

from __future__ import annotations

from spacenum.asking.questions import letters_of, shown_letter
from spacenum.items.numbers import write_corners, write_magnitude
from spacenum.items.schema import Item, LayoutItem, LayoutOption, TransitionOption


def number(item: Item, option: TransitionOption | LayoutOption | None = None) -> str:
    """An option's number, or the true one, as the benchmark writes it."""
    if isinstance(item, LayoutItem):
        return write_corners(option.value if isinstance(option, LayoutOption) else item.truth.corners)
    return write_magnitude(
        option.value if isinstance(option, TransitionOption) else item.truth.magnitude, item.truth.unit
    )


def options_said(item: Item, rotation: int) -> list[str]:
    """Each option's number and then its letter, a line each, in the order shown.

    The number first: whoever has then said the right one finds the letter behind its earlier mention, the simplest
    thing that a transformer learns to look up. Prompts have the letter first.
    """
    shown = {shown_letter(item, option.letter, rotation): number(item, option) for option in item.options}
    return [f"{shown[letter]}: {letter}" for letter in letters_of(item)]


def worked(item: Item, rotation: int = 0) -> str:
    """All options, then the right one's number and letter, then the letter as a parser wants it, a line each."""
    letter = shown_letter(item, item.answer, rotation)
    return "\n".join([*options_said(item, rotation), f"{number(item)}: {letter}", f"Answer: {letter}"])
