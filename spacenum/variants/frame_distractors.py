"""Frame distractors (ours): layouts whose wrong options are the truth as other frames would have it.

The base's distractors are other placements, which a reader of a wrong frame often tells apart all the same. Here they
are the truth read in the image's axes, to the wrong side, from the other anchor, or with x and y exchanged, so that
only a reader of the frame is right. Space2Num only: in Num2Space such an option would be a picture of another
placement, which would have to be rendered.

What is too near the truth or another option (``MIN_GAP``) is left out, and the base's distractors fill its place;
``reading`` of an option says which misreading it is. 1D has two options: the truth from the other anchor, or else with
the axis reversed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from spacenum.core.arrays import Array
from spacenum.core.provenance import stable_hash
from spacenum.frames.records import FrameRecord
from spacenum.geometry.observe import mirrored_corners
from spacenum.items.layout import base_centre
from spacenum.items.numbers import rounded
from spacenum.items.schema import Corners, Item, LayoutItem, LayoutOption, Reading
from spacenum.variants.base import Variant

MIN_GAP = 0.3
"""By which any two options differ in some described number of the ground plane, as the base's do."""
ROUNDING_SLACK = 1e-6
Distractor = tuple[Array, Reading | None]


def misread(item: Item, frame: FrameRecord) -> Item | None:
    """The same item with misreadings for distractors; the answer's letter stays."""
    if not isinstance(item, LayoutItem) or item.task != "space2num":
        return None
    truth = as_array(item.truth.corners)
    others = [(as_array(o.value), o.reading) for o in item.options if o.letter != item.answer]
    found = _distractors(truth, [*readings(item, frame)], others)
    order = np.random.default_rng(stable_hash(item.id)).permutation(len(found))
    shuffled = iter([found[k] for k in order])
    options = [o if o.letter == item.answer else _option(o, truth, *next(shuffled)) for o in item.options]
    return item.model_copy(update={"options": options})


def readings(item: LayoutItem, frame: FrameRecord) -> Iterator[tuple[Array, Reading]]:
    """Misreadings of the truth [2, d], the ones to take first in front; the last two take turns by the item."""
    anchors = item.truth.anchors
    truth, origin, direction = map(as_array, (item.truth.corners, anchors.origin.corners, anchors.direction.corners))
    if item.group == "1d":
        yield _reversed(truth, direction), "other_anchor"
        yield _reversed(truth, origin), "mirrored"
        return
    yield _turned(truth, origin, _turn(item, frame)), "image_axes"
    yield mirrored_corners(truth, origin), "mirrored"
    swapped = truth.copy()
    swapped[:, :2] = truth[:, 1::-1]
    last: list[tuple[Array, Reading]] = [(_reversed(truth, direction), "other_anchor"), (swapped, "swapped")]
    yield from last if stable_hash(item.id) % 2 else reversed(last)


def _reversed(corners: Array, anchor: Array) -> Array:
    """Corners in a frame whose axes on the ground are reversed and begin at ``anchor``; z stays."""
    found = corners.copy()
    found[:, :2] = anchor[1, :2] - corners[::-1, :2]
    return found


def _turn(item: LayoutItem, frame: FrameRecord) -> float:
    """Radians from the image's axes (right, and away from the camera) to the frame's, counter-clockwise from above."""
    x_axis = item.truth.frame.x_axis
    return float(np.arctan2(x_axis[1], x_axis[0]) - np.radians(frame.measured_pose.yaw - 90))


def _turned(corners: Array, origin: Array, turn: float) -> Array:
    """Corners of the box whose middle is turned about that of the origin anchor, which stays as it is written; z stays.

    The box's sides keep their lengths, or the one option with other sides would be known to be wrong; they change
    places where the turn is nearer to a quarter than to none or a half.
    """
    c, s = np.cos(turn), np.sin(turn)
    pivot = origin[:, :2].mean(axis=0)
    middle = pivot + np.array([[c, -s], [s, c]]) @ (corners[:, :2].mean(axis=0) - pivot)
    half = np.ptp(corners[:, :2], axis=0) / 2
    half = half[::-1] if abs(s) > abs(c) else half
    found = corners.copy()
    found[:, :2] = middle - half, middle + half
    return found


def _distractors(truth: Array, wanted: Sequence[Distractor], others: Sequence[Distractor]) -> list[Distractor]:
    """As many as there are ``others``: first what is wanted, then others; fewer of the wanted where these leave too
    little room for others."""
    for most in range(len(others), -1, -1):
        found = _apart(truth, [], wanted, most)
        found = _apart(truth, found, others, len(others))
        if len(found) == len(others):
            return found
    raise AssertionError("the others alone are apart")


def _apart(truth: Array, found: Sequence[Distractor], more: Sequence[Distractor], most: int) -> list[Distractor]:
    """``found`` and, up to ``most``, what differs enough from the truth and from all before."""
    kept = list(found)
    for corners, reading in more:
        shown = as_array(rounded(corners.tolist()))
        gaps = [np.abs((shown - other)[:, :2]).max() for other in (truth, *(before for before, _ in kept))]
        if len(kept) < most and min(gaps) > MIN_GAP - ROUNDING_SLACK:
            kept.append((shown, reading))
    return kept


def _option(option: LayoutOption, truth: Array, corners: Array, reading: Reading | None) -> LayoutOption:
    return option.model_copy(
        update={
            "value": rounded(corners.tolist()),
            "position_ok": bool(np.allclose(base_centre(corners), base_centre(truth))),
            "size_ok": bool(np.allclose(np.ptp(corners, axis=0), np.ptp(truth, axis=0))),
            "reading": reading,
        }
    )


def as_array(corners: Corners) -> Array:
    """[2, d]"""
    return np.array(corners, float).reshape(2, -1)


VARIANT = Variant(
    settings=("layout",),
    changes="wrong options are the truth read in the image's axes, to the wrong side, from the other anchor, or with x "
    "and y exchanged",
    item=misread,
)
