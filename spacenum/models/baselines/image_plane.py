"""Image plane: where the target lies beside the anchors in the picture, and how large it looks; no axes, no depth.

Reads of an item: the map and the options, as every model does. Reads of a frame: instance masks and which id carries
which name. It compares the triangle of the three masks' middles with that of the three boxes' middles on the map as if
the picture were the map, whichever way up and whichever side: a triangle and its mirror image are the same to it. To
this it adds how much larger than the origin anchor the target is: the root of the masks' areas against the boxes' mean
sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.core.arrays import Array
from spacenum.frames.store import read_image
from spacenum.items.schema import Corners, Item, LayoutItem, images_of
from spacenum.models.baselines.choosing import IMAGES_KEPT, NotAsked, answers

READS_FRAMES = True
EACH_ALONE = True


@dataclass(frozen=True)
class PlaneShape:
    """A target beside two anchors. place: of its middle in a plane of complex numbers, the origin anchor's middle at 0
    and the other's at 1; the side of the anchors on which it lies is the imaginary part's sign. size: natural logarithm
    of its length over the origin anchor's."""

    place: complex
    size: float

    def misfit(self, other: PlaneShape) -> float:
        """How unlike two shapes are, of which one may be mirrored; 0 if they are alike."""
        aside = min(abs(self.place - place) for place in (other.place, other.place.conjugate()))
        return aside + abs(self.size - other.size)


def plane_shape(middles: Array, lengths: Sequence[float]) -> PlaneShape:
    """From the middles [3, 1 to 3] of origin anchor, other anchor and target, of which the first two coordinates count,
    and their lengths, in one unit; ValueError if the anchors' middles are one."""
    flat = np.zeros((3, 2))
    flat[:, : middles.shape[1]] = middles[:, :2]
    origin, direction, target = (complex(*middle) for middle in flat)
    if origin == direction:
        raise ValueError("the anchors cover each other")
    return PlaneShape((target - origin) / (direction - origin), float(np.log(lengths[2] / lengths[0])))


class ImagePlane:
    """Keeps the id images that it has read: families share them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ids = lru_cache(maxsize=IMAGES_KEPT)(self._read)

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        return answers(items, self._choose)

    def _choose(self, item: Item) -> int:
        if not isinstance(item, LayoutItem):
            raise NotAsked("it has no anchors")
        if item.task == "space2num":
            seen, maps = [self._seen(images_of(item)[0], item)], [_described(o.value, item) for o in item.options]
        else:
            seen, maps = [self._seen(str(o.image), item) for o in item.options], [_described(item.truth.corners, item)]
        return int(np.argmin([one.misfit(other) for one in seen for other in maps]))

    def _seen(self, image: str, item: LayoutItem) -> PlaneShape:
        """As an image shows it; ValueError if one of the three can't be seen."""
        anchors = item.truth.anchors
        masks = [self._pixels(image, name) for name in (anchors.origin.name, anchors.direction.name, item.truth.target)]
        if not all(map(len, masks)):
            raise ValueError("an object shows no pixel")
        return plane_shape(np.array([mask.mean(axis=0) for mask in masks]), [len(mask) ** 0.5 for mask in masks])

    def _pixels(self, image: str, name: str) -> Array:
        """Pixels [n, 2] of what carries a name."""
        frame = self._context.frames[image]
        named = [instance.id for instance in frame.instances if instance.category == name]
        return np.argwhere(np.isin(self._ids(image), named)).astype(float)

    def _read(self, image: str) -> Array:
        return np.asarray(read_image(self._context.root / self._context.frames[image].ids))


def _described(target: Corners, item: LayoutItem) -> PlaneShape:
    """As a map describes it."""
    anchors = item.truth.anchors
    written = (anchors.origin.corners, anchors.direction.corners, target)
    boxes = [np.array(corners, float).reshape(2, -1) for corners in written]
    lengths = [float(np.prod(np.ptp(box, axis=0)) ** (1 / box.shape[1])) for box in boxes]
    return plane_shape(np.array([box.mean(axis=0) for box in boxes]), lengths)


def load(config: ModelConfig, context: Context) -> Model:
    return ImagePlane(context)
