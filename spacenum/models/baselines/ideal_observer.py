"""The ideal observer: solves items from depth, instance masks and intrinsics alone.

Reads of an item: the action or the map in its question, and the options' numbers and images. Reads of a frame: depth,
ids, intrinsics and which id carries which name. Never poses, boxes, the answer or the truth beyond what the question
states (the magnitude in Num2Space, the target's corners in the map of Num2Space).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.frames.store import depth_of, ids_of
from spacenum.geometry.observe import Reference, View, best_image, best_magnitude, measured_corners, nearest_option
from spacenum.geometry.poses import Action
from spacenum.items.schema import Corners, Item, LayoutItem, MapEntry, TransitionItem, images_of
from spacenum.models.baselines.choosing import IMAGES_KEPT, answers

Described = tuple[str, tuple[tuple[float, ...], ...]]
"""An object's name and its corners [2, d] on the map."""
READS_FRAMES = True
EACH_ALONE = True


class IdealObserver:
    """Keeps the sensors of the last images that it has read, and what it measured in them: families share them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._view = lru_cache(maxsize=IMAGES_KEPT)(self._read)
        self._corners = lru_cache(maxsize=IMAGES_KEPT)(self._measure)

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        return answers(items, self.choose)

    def choose(self, item: Item) -> int:
        """The number of the option that agrees best."""
        return self._transition(item) if isinstance(item, TransitionItem) else self._layout(item)

    def _read(self, image: str) -> View:
        frame, root = self._context.frames[image], self._context.root
        return View(depth_of(frame, root), ids_of(frame, root), frame.camera)

    def _mask(self, image: str, name: str) -> NDArray[np.bool_]:
        named = [i.id for i in self._context.frames[image].instances if i.category == name]
        return np.isin(self._view(image).ids, named)

    def _transition(self, item: TransitionItem) -> int:
        images = images_of(item)
        before = self._view(images[0])
        if item.task == "space2num":
            actions = [Action(item.group, item.truth.direction, option.value) for option in item.options]
            return best_magnitude(before, self._view(images[1]), actions)
        stated = Action(item.group, item.truth.direction, item.truth.magnitude)
        return best_image(before, [self._view(str(option.image)) for option in item.options], stated)

    def _layout(self, item: LayoutItem) -> int:
        options = [_array(option.value) for option in item.options]
        if item.task == "space2num":
            (image,) = images_of(item)
            return nearest_option(self.measured(image, item), options)
        return nearest_option(_array(item.truth.corners), [self.measured(str(o.image), item) for o in item.options])

    def measured(self, image: str, item: LayoutItem) -> NDArray[np.float64]:
        """The target's corners [2, d] in map numbers, as an image shows them."""
        anchors = item.truth.anchors
        return self._corners(image, item.truth.target, _described(anchors.origin), _described(anchors.direction))

    def _measure(self, image: str, target: str, *anchors: Described) -> NDArray[np.float64]:
        origin, direction = (Reference(np.array(corners), self._mask(image, name)) for name, corners in anchors)
        return measured_corners(self._view(image), origin, direction, self._mask(image, target))


def _array(corners: Corners) -> NDArray[np.float64]:
    """[2, d]"""
    return np.array(corners, float).reshape(2, -1)


def _described(entry: MapEntry) -> Described:
    return entry.name, tuple(map(tuple, _array(entry.corners).tolist()))


def load(config: ModelConfig, context: Context) -> Model:
    return IdealObserver(context)
