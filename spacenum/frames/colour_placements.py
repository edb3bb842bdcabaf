"""Whether the pictures of one camera and several placements are of their views: colour must change where ids do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from spacenum.core.arrays import Pixels
from spacenum.frames.colour import Bins, larger, wrong
from spacenum.frames.colour_ends import agreements, exposure_ratio
from spacenum.frames.controls import changed_pixels
from spacenum.frames.settings import ControlsConfig
from spacenum.simulators.base import Sensing

TwoViews = tuple[int, int]


def check_placements(views: Sequence[Sensing], colours: Sequence[Pixels], controls: ControlsConfig) -> float | None:
    """WrongPicture unless colour changes with the placement where ids and depth do, and hardly elsewhere.

    Returns the agreement (see ``change_agreement``).
    """
    for view, colour in zip(views[1:], colours[1:], strict=True):
        (still,) = agreements(views[0], colours[0], view, [colour])
        if still is not None and still < controls.min_colour_agreement:
            raise wrong("colour disagrees between placements", colours[0], colour)
    if exposure_ratio(views[0], colours[0], views[1:], colours[1:]) > controls.max_exposure_ratio:
        raise wrong("exposure differs between placements", *colours)
    if any(agreement < controls.min_pair_agreement for agreement in pair_agreements(views, colours)):
        raise wrong("colour disagrees with what changed", *colours)
    own, *others = change_agreements(views, colours)
    if own is None:
        return None
    if own < controls.min_change_agreement:
        raise wrong("colour disagrees with what changed", *colours)
    if own < max(other for other in others if other is not None) + controls.min_order_margin:
        raise wrong("another order of the placements' pictures agrees as well", *colours)
    return own


def pair_agreements(views: Sequence[Sensing], colours: Sequence[Pixels]) -> list[float]:
    """For each pair of views that differ, the chance that colour differs more where they show other things than where
    nothing changed, anywhere in the picture. 0.5 if one's picture is the other's, drawn anew with noise."""
    found = []
    for a, b in combinations(range(len(views)), 2):
        step, other = _step(colours[a], colours[b]), views[a].ids != views[b].ids
        if other.any():
            alike = step[~changed_pixels(views[a], views[b])]
            found.append(larger(np.bincount(step[other], minlength=256), np.bincount(alike, minlength=256)))
    return found


def change_agreements(views: Sequence[Sensing], colours: Sequence[Pixels]) -> list[float | None]:
    """The agreement of what changes with ``colours`` in their own order, then in each other order.

    It is the chance that colour differs more between two views of a pixel that show other things than between two that
    show the same. Only of pixels whose thing differs between some views, so that shadows hardly count: each pair of
    views is a comparison there. About 0.5 if pictures are another view's; None if nothing differs.
    """
    pairs = list(combinations(range(len(views)), 2))
    other = {(a, b): views[a].ids != views[b].ids for a, b in pairs}
    some = np.logical_or.reduce(list(other.values()))
    same = {(a, b): ~changed_pixels(views[a], views[b])[some] for a, b in pairs}
    steps = {(a, b): _step(colours[a], colours[b])[some] for a, b in pairs}
    counts = {
        (pair, shown): [np.bincount(steps[shown][where], minlength=256) for where in (other[pair][some], same[pair])]
        for pair in pairs
        for shown in pairs
    }
    orders = permutations(range(len(views)))
    return [_agreement([counts[(a, b), _pair(order[a], order[b])] for a, b in pairs]) for order in orders]


def _agreement(counts: Sequence[Sequence[Bins]]) -> float | None:
    differ, alike = np.sum(counts, axis=0)
    return larger(differ, alike) if differ.sum() and alike.sum() else None


def _pair(a: int, b: int) -> TwoViews:
    return min(a, b), max(a, b)


def _step(one: Pixels, other: Pixels) -> NDArray[np.int16]:
    """Between two pictures, the difference [height, width] in the channel that differs most."""
    return np.abs(one.astype(np.int16) - other).max(axis=-1)
