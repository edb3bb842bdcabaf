"""Which objects of AI2-THOR are parts of one piece of furniture: its drawers, doors and knobs are objects there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from spacenum.simulators.ai2thor.observation import Thing

PARTS = frozenset(("Cabinet", "Drawer", "Shelf", "StoveBurner", "StoveKnob"))
BODIES = frozenset(("CoffeeTable", "CounterTop", "Desk", "Dresser", "ShelvingUnit", "SideTable", "TVStand"))
"""Object types that have parts which are objects of their own; a wall cabinet or a stove has only parts."""
TOUCH_M = 0.1
"""Boxes that are this near touch: more than the seams between doors and the gaps between knobs."""
SAME_M = 0.01
"""Of two bodies, both are a part's own if one is hardly nearer: the tops of a counter that turns a corner."""


def pieces_of(things: Sequence[Thing]) -> Mapping[str, str]:
    """Object id -> id that stands for its piece of furniture, for all things that share one with another.

    Its metadata says what lies in a receptacle, but only ids say what one is made of, and few do ("Sink|…|SinkBasin").
    So a part belongs to the body that it touches, or to the part that it touches. Bodies that only touch each other are
    two pieces: a dresser may stand beside a desk.
    """
    kinds = {thing.object_id: thing.object_type for thing in things}
    owner = {name: name for name in kinds}

    def piece(name: str) -> str:
        while owner[name] != name:
            name = owner[name]
        return name

    for pair in (*_touching(things), *_by_id(kinds)):
        both = {piece(name) for name in pair}
        first = min(both, key=lambda name: (kinds[name] in PARTS, name.count("|"), name))  # a body, if there is one
        owner |= dict.fromkeys(both, first)
    pieces = {name: piece(name) for name in kinds}
    shared = {whole for name, whole in pieces.items() if name != whole}
    return {name: whole for name, whole in pieces.items() if whole in shared}


def _touching(things: Sequence[Thing]) -> Iterator[tuple[str, str]]:
    """Pairs of a part and the body that it touches; where it touches none (the lowest of drawers under a counter top, a
    wall cabinet), of it and the parts that it touches."""
    fitted = [thing for thing in things if thing.box is not None]
    parts = [thing for thing in fitted if thing.object_type in PARTS]
    bodies = [thing for thing in fitted if thing.object_type in BODIES]
    for part in parts:
        gaps = {body.object_id: _gap_m(part, body) for body in bodies}
        nearest = min(gaps.values(), default=np.inf)
        if nearest <= TOUCH_M:
            near = [name for name, gap in gaps.items() if gap <= nearest + SAME_M]
        else:
            near = [other.object_id for other in parts if _gap_m(part, other) <= TOUCH_M]
        yield from ((part.object_id, name) for name in near)


def _by_id(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of a thing and the thing whose id begins its own."""
    known = set(ids)
    for name in sorted(known):
        whole = name.rpartition("|")[0]
        if whole in known:
            yield name, whole


def _gap_m(a: Thing, b: Thing) -> float:
    """Distance between two boxes."""
    (low_a, high_a), (low_b, high_b) = np.array(a.box, float), np.array(b.box, float)
    return float(np.linalg.norm(np.maximum(np.maximum(low_a - high_b, low_b - high_a), 0)))
