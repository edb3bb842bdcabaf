"""The reward of a reply, 0..1; and the rewards of blind policies, which a tuned one has to exceed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spacenum.asking.parsing import read_letter
from spacenum.asking.questions import letters_of
from spacenum.items.schema import AnyItem, Letter, TransitionItem
from spacenum.tuning.rewards.catalogue import Reward


def reward_of(reply: str, finished: bool, item: AnyItem, points: Mapping[Letter, float]) -> float:
    """The reward of a reply, parsed as in answering; 0 if it has no letter."""
    letter = read_letter(reply, letters_of(item), finished=finished).letter
    return 0.0 if letter is None else points[letter]


@dataclass(frozen=True)
class BlindRewards:
    """Mean rewards without looking. chance: of uniform guessing. middle: of always the second, or always the third
    smallest number of a transition, whichever is larger; other items, which have no known middle, are guessed."""

    chance: float
    middle: float

    @classmethod
    def of(cls, items: Sequence[AnyItem], reward: Reward) -> BlindRewards:
        every = [reward(item) for item in items]
        chances = [sum(points.values()) / len(points) for points in every]
        sides = [_middles(item, points) or (c, c) for item, points, c in zip(items, every, chances, strict=True)]
        means = [sum(side) / len(items) for side in zip(*sides, strict=True)]
        return cls(sum(chances) / len(items), max(means))


def _middles(item: AnyItem, points: Mapping[Letter, float]) -> tuple[float, float] | None:
    if not isinstance(item, TransitionItem) or len(item.options) != 4:
        return None
    order = sorted(item.options, key=lambda option: option.value)
    return points[order[1].letter], points[order[2].letter]
