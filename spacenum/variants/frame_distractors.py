"""Frame distractors (ours): layouts whose wrong options are the truth as readers of other frames would write it.

The base's distractors are other placements, and a reader of a wrong frame often tells these apart all the same. Here
they are the truth read to the wrong side of x, from the other anchor, and both, so that only a reader of the frame is
right. In 1D, the truth from the other anchor.

Text alone is to tell little: each of the four readings has the other three among its own misreadings, none touches an
anchor, and each is about as likely a placement as the others. Other misreadings (axes exchanged, those of the image)
lack this: beside the truth they can be found out without an image, so they are no options. ``trained_blind`` is asked
too and says what text still tells.

Where a reading is too near another (``MIN_GAP``), as of a target on the x axis, or runs into an anchor, another
placement of the base fills its place, read in the same ways. Space2Num only: in Num2Space such an option would be a
picture of another placement, which would have to be rendered.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spacenum.core.arrays import Array
from spacenum.core.provenance import stable_hash
from spacenum.frames.records import FrameRecord
from spacenum.geometry.observe import mirrored_corners
from spacenum.items.layout import base_centre
from spacenum.items.numbers import rounded
from spacenum.items.schema import Anchors, Corners, Item, LayoutItem, LayoutOption, Misreading
from spacenum.variants.base import Variant

MIN_GAP = 0.3
"""By which any two options differ in some described number of the ground plane, as the base's do."""
ROUNDING_SLACK = 1e-6
Read = tuple[Array, Misreading | None]
"""Corners [2, d], and how a frame must be read to write them; None: as it is."""


def misread(item: Item, frame: FrameRecord) -> Item | None:
    """The same item with misreadings for distractors; the answer's letter stays."""
    if not isinstance(item, LayoutItem) or item.task != "space2num":
        return None
    truth = as_array(item.truth.corners)
    others = [as_array(option.value) for option in item.options if option.letter != item.answer]
    found = distractors(truth, others, item.truth.anchors)
    order = np.random.default_rng(stable_hash(item.id)).permutation(len(found))
    shuffled = iter([found[k] for k in order])
    options = [o if o.letter == item.answer else _option(o, truth, *next(shuffled)) for o in item.options]
    return item.model_copy(update={"options": options})


def readings(box: Array, anchors: Anchors) -> list[Read]:
    """A box's corners [2, d] as they are, and as other readers write them, without those that run into an anchor.

    From the other anchor, both axes on the ground point the other way and x begins at that anchor's far end; y still
    counts from the line through both middles. z stays.
    """
    origin, direction = as_array(anchors.origin.corners), as_array(anchors.direction.corners)
    reversed_x = box.copy()
    reversed_x[:, 0] = direction[1, 0] - box[::-1, 0]
    if box.shape[1] == 1:
        return [(box, None), (reversed_x, "other_anchor")]
    wrong: list[Read] = [
        (mirrored_corners(box, origin), "mirrored"),
        (mirrored_corners(reversed_x, origin), "other_anchor"),
        (reversed_x, "mirrored_other_anchor"),
    ]
    return [(box, None), *((b, reading) for b, reading in wrong if not _overlap(b, origin) | _overlap(b, direction))]


def _overlap(box: Array, anchor: Array) -> bool:
    """Whether they share some of the ground."""
    inside = (box[0] < anchor[1] - ROUNDING_SLACK) & (anchor[0] < box[1] - ROUNDING_SLACK)
    return bool(inside[:2].all())


def distractors(truth: Array, others: Sequence[Array], anchors: Anchors) -> list[Read]:
    """As many distractors as there are ``others``: misreadings of the truth, then others in the same readings; the
    others as they are where these have no room."""
    count = 1 + len(others)
    kept = _apart([], readings(truth, anchors))
    used = {reading for _, reading in kept}
    for other in others:
        more = [(box, reading) for box, reading in readings(other, anchors) if reading in used]
        together = _apart(kept, more)
        if len(more) == len(used) and len(kept) + len(more) == len(together) <= count:
            kept += [(box, None) for box, _ in more]
    return kept[1:] if len(kept) == count else [(other, None) for other in others]


def _apart(found: Sequence[Read], more: Sequence[Read]) -> list[Read]:
    """``found`` and what of ``more`` differs enough from all before."""
    kept = list(found)
    for box, reading in more:
        if all(np.abs((box - before)[:, :2]).max() > MIN_GAP - ROUNDING_SLACK for before, _ in kept):
            kept.append((box, reading))
    return kept


def _option(option: LayoutOption, truth: Array, box: Array, reading: Misreading | None) -> LayoutOption:
    return option.model_copy(
        update={
            "value": rounded(box.tolist()),
            "position_ok": bool(np.allclose(base_centre(box), base_centre(truth))),
            "size_ok": bool(np.allclose(np.ptp(box, axis=0), np.ptp(truth, axis=0))),
            "reading": reading,
        }
    )


def as_array(corners: Corners) -> Array:
    """[2, d]"""
    return np.array(corners, float).reshape(2, -1)


VARIANT = Variant(
    settings=("layout",),
    changes="wrong options are the truth read to the wrong side, from the other anchor, and both",
    item=misread,
)
