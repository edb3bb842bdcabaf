"""Near misses count."""

from __future__ import annotations

from spacenum.asking.questions import letters_of
from spacenum.items.schema import AnyItem, ExternalItem, LayoutItem, Letter
from spacenum.scoring.proximity import rank_points
from spacenum.tuning.rewards.strict import strict

PARTLY = 0.5
"""For a layout's option that is right in position or in size only (ours)."""


def graded(item: AnyItem) -> dict[Letter, float]:
    """Transitions: the proximity points of the number chosen, over 100 (``spacenum.scoring.proximity``). Layouts:
    PARTLY for an option that is right in position or in size. With other than four numbers, and imported items, as
    strict."""
    if isinstance(item, LayoutItem):
        partly = {o.letter: PARTLY if o.position_ok or o.size_ok else 0.0 for o in item.options}
        return partly | {item.answer: 1.0}
    if isinstance(item, ExternalItem) or len(item.options) != 4:
        return strict(item)
    values = [option.value for option in item.options]
    points = rank_points(values, values[letters_of(item).index(item.answer)])
    return {option.letter: float(p) / 100 for option, p in zip(item.options, points, strict=True)}


REWARD = graded
