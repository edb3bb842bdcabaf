"""Rewards of replies, 0..1; and the rewards of blind policies, which a tuned one has to exceed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from spacenum.asking.parsing import read_letter
from spacenum.asking.questions import letters_of
from spacenum.items.schema import Item, LayoutItem, Letter
from spacenum.scoring.proximity import rank_points
from spacenum.tuning.settings import Reward

PARTLY = 0.5
"""For a layout's option that is right in position or in size only (ours)."""


def strict(item: Item) -> dict[Letter, float]:
    """1 for the right letter, else 0."""
    return {letter: float(letter == item.answer) for letter in letters_of(item)}


def graded(item: Item) -> dict[Letter, float]:
    """Transitions: the proximity points of the number chosen, over 100 (``spacenum.scoring.proximity``). Layouts: PARTLY
    for an option that is right in position or in size. With other than four numbers, as strict."""
    if isinstance(item, LayoutItem):
        partly = {o.letter: PARTLY if o.position_ok or o.size_ok else 0.0 for o in item.options}
        return partly | {item.answer: 1.0}
    values = [option.value for option in item.options]
    if len(values) != 4:
        return strict(item)
    points = rank_points(values, values[letters_of(item).index(item.answer)])
    return {option.letter: float(p) / 100 for option, p in zip(item.options, points, strict=True)}


REWARDS: Mapping[Reward, Callable[[Item], dict[Letter, float]]] = {"strict": strict, "graded": graded}


def reward_of(reply: str, finished: bool, item: Item, points: Mapping[Letter, float]) -> float:
    """The reward of a reply, parsed as in answering; 0 if it has no letter."""
    letter = read_letter(reply, letters_of(item), finished=finished, opens_think=False).letter
    return 0.0 if letter is None else points[letter]


@dataclass(frozen=True)
class BlindRewards:
    """Mean rewards without looking. chance: of uniform guessing. middle: of always the second, or always the third
    smallest number of a transition, whichever is larger; layouts, whose options have no middle, are guessed."""

    chance: float
    middle: float

    @classmethod
    def of(cls, items: Sequence[Item], reward: Reward) -> BlindRewards:
        every = [REWARDS[reward](item) for item in items]
        chances = [sum(points.values()) / len(points) for points in every]
        sides = [_middles(item, points) or (c, c) for item, points, c in zip(items, every, chances, strict=True)]
        means = [sum(side) / len(items) for side in zip(*sides, strict=True)]
        return cls(sum(chances) / len(items), max(means))


def _middles(item: Item, points: Mapping[Letter, float]) -> tuple[float, float] | None:
    if isinstance(item, LayoutItem) or len(item.options) != 4:
        return None
    order = sorted(item.options, key=lambda option: option.value)
    return points[order[1].letter], points[order[2].letter]
