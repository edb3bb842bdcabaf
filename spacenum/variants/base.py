"""What a variant is: base items with one thing changed, in the same families and under the same ids, so that results
pair; or questions made of base items (``expand``), which have ids of their own.

A variant is a module of this package that defines ``VARIANT``, and an entry in the config's list of variants. It may
change an item's fields (``item``), how its numbers are written (``notation``), its pictures by drawing (``draw``) or by
rendering changed scenes through the same cameras (``scene``), and what is recorded of a changed picture (``record``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spacenum.core.arrays import Pixels
from spacenum.frames.records import FrameRecord
from spacenum.frames.store import colour_of
from spacenum.items.checks import CheckName
from spacenum.items.numbers import DECIMAL, Notation
from spacenum.items.schema import Item, Setting
from spacenum.scenes.spec import LayoutScene

"""An sRGB image [h, w, 3]."""


def _same_item(item: Item, frame: FrameRecord) -> Item | None:
    return item


def _no_words(item: Item, frame: FrameRecord) -> str:
    return ""


def _same_record(frame: FrameRecord) -> FrameRecord:
    return frame


@dataclass(frozen=True)
class Picture:
    """A base picture as a variant draws on it: what the frame records, and the pixels, read when asked for."""

    frame: FrameRecord
    root: Path

    @property
    def pixels(self) -> Pixels:
        """The colour image [h, w, 3]."""
        return colour_of(self.frame, self.root)


@dataclass(frozen=True)
class Variant:
    """How base items become a variant's.

    settings: which it applies to. changes: in words, for the report of its checks. skips: build checks that don't hold
    for it, each with the reason. item: from a base item and the frame of its first image, the changed fields (its
    prompt is then written anew), or None for an item that the variant leaves out; ids, family, and the answer's letter
    must stay. expand: several items for one base item, with ids, families and answers of their own, so that no table
    compares them with the base; it is given the base items of some families of each cell. preface: from the same two, a
    sentence that stands before the question. swaps_images: whether the images before and after an action change places.
    notation: how its prompts write numbers. draw: the picture in the place of a base picture. scene: the layout that is
    rendered in the place of a base layout. record: what ``frames.jsonl`` is to say of a changed picture, where its
    geometry changed too.
    """

    settings: tuple[Setting, ...]
    changes: str
    skips: Mapping[CheckName, str] = field(default_factory=dict)
    item: Callable[[Item, FrameRecord], Item | None] = _same_item
    expand: Callable[[Item], Sequence[Item]] | None = None
    preface: Callable[[Item, FrameRecord], str] = _no_words
    swaps_images: bool = False
    notation: Notation = DECIMAL
    draw: Callable[[Picture], Pixels] | None = None
    scene: Callable[[LayoutScene], LayoutScene] | None = None
    record: Callable[[FrameRecord], FrameRecord] = _same_record

    @property
    def pairs_with_base(self) -> bool:
        """Whether its items are base items under the same ids."""
        return self.expand is None
