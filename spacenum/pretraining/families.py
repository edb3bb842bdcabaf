"""Families as training takes them: their views once, and further true questions about these.

Any transition family can also be read from its last view to its first. Images may be mirrored, if left and right are
exchanged in a transition's words and y changes its sign in a layout's numbers; and a layout's anchors may be exchanged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spacenum.core.arrays import Array
from spacenum.core.errors import SpaceNumError
from spacenum.frames.records import Family, FrameRecord, TransitionFamily
from spacenum.items.families import distinct
from spacenum.items.layout import layout_prompt
from spacenum.items.numbers import rounded
from spacenum.items.prompts import Prompts
from spacenum.items.schema import Anchors, Corners, Image, Item, LayoutItem, TransitionItem
from spacenum.items.transition import transition_prompt
from spacenum.variants.mirrored import MIRRORED
from spacenum.variants.time_reversed import OPPOSITE


@dataclass(frozen=True, kw_only=True)
class FamilyViews:
    """frames: a transition's start first. transition: None for a layout. items: the benchmark's questions."""

    name: str
    frames: tuple[FrameRecord, ...]
    transition: TransitionFamily | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Symmetry:
    """Another true description of the same views. mirrored: images are flipped left to right, so that a map's y changes
    its sign. swapped: the anchors are exchanged, so that x and y change theirs."""

    mirrored: bool = False
    swapped: bool = False

    def corners(self, corners: Array, origin: Array) -> Array:
        """Corners [..., 2, n] in the new map. origin: the new origin anchor's corners in the old one, [2, n]; its first
        corner becomes zero in x and y."""
        signs = np.ones(corners.shape[-1])
        signs[:2] = np.array([1 - 2 * self.swapped, 1 - 2 * (self.swapped != self.mirrored)])[: len(signs)]
        zero = np.sort(origin * signs, axis=-2)[..., 0, :]
        zero[2:] = 0
        return np.sort(corners * signs, axis=-2) - zero


class QuestionMaker:
    """Makes true questions about a family's views."""

    def __init__(self) -> None:
        self._prompts = Prompts()

    def turns(self, views: FamilyViews, rng: np.random.Generator, symmetry: Symmetry) -> list[Item]:
        """Questions that share their options, and in Num2Space their images, told as ``symmetry`` says: the benchmark's
        own, or further ones."""
        first = views.items[int(rng.integers(len(views.items)))]
        others = [item for item in views.items if item.family == first.family and item is not first]
        turns = [first, *(others[k] for k in rng.permutation(len(others)))]
        backwards = bool(rng.integers(2))
        return [self._told(views, item, symmetry, backwards) for item in turns]

    def _told(self, views: FamilyViews, item: Item, symmetry: Symmetry, backwards: bool) -> Item:
        if isinstance(item, LayoutItem):
            return self.mapped(item, symmetry)
        item = self.reversed(views, item) if backwards else item
        return self.mirrored(item) if symmetry.mirrored else item

    def reversed(self, views: FamilyViews, item: TransitionItem) -> TransitionItem:
        """The same question from the family's last view back to its others."""
        assert views.transition is not None
        shown = {end.magnitude: frame.image for end, frame in zip(views.transition.ends, views.frames[1:], strict=True)}
        last = max(shown)
        before, shown[last] = shown[last], views.frames[0].image

        def back(value: float) -> float:
            return last if value == last else round(last - value, 1)

        options = [
            one.model_copy(update={"value": back(one.value), "image": shown[one.value] if one.image else None})
            for one in item.options
        ]
        changes = {"direction": OPPOSITE[item.truth.direction], "magnitude": back(item.truth.magnitude)}
        made = item.model_copy(update={"truth": item.truth.model_copy(update=changes), "options": options})
        prompt = transition_prompt(made, before, shown[item.truth.magnitude], self._prompts)
        return made.model_copy(update={"prompt": prompt})

    def mirrored(self, item: TransitionItem) -> TransitionItem:
        """The same question about flipped images."""
        direction = MIRRORED.get(item.truth.direction, item.truth.direction)
        made = item.model_copy(update={"truth": item.truth.model_copy(update={"direction": direction})})
        shown = [part.image for part in item.prompt if isinstance(part, Image)]
        return made.model_copy(update={"prompt": transition_prompt(made, shown[0], shown[-1], self._prompts)})

    def mapped(self, item: LayoutItem, symmetry: Symmetry) -> LayoutItem:
        """The same question in another map."""
        if symmetry == Symmetry():
            return item
        anchors = [item.truth.anchors.origin, item.truth.anchors.direction][:: -1 if symmetry.swapped else 1]
        zero = as_array(anchors[0].corners)

        def told(corners: Corners) -> Corners:
            return _told(symmetry.corners(as_array(corners), zero))

        origin, direction = (anchor.model_copy(update={"corners": told(anchor.corners)}) for anchor in anchors)
        truth = {"anchors": Anchors(origin=origin, direction=direction), "corners": told(item.truth.corners)}
        options = [option.model_copy(update={"value": told(option.value)}) for option in item.options]
        made = item.model_copy(update={"truth": item.truth.model_copy(update=truth), "options": options})
        return self._asked(made)

    def noisy(self, item: Item, rng: np.random.Generator) -> Item:
        """The same question about a number near the true one, which is the answer of no option exactly: for lookups."""
        if isinstance(item, TransitionItem):
            values = sorted(option.value for option in item.options)
            spread = rng.uniform(0, 0.4) * (values[1] - values[0])
            near = max(0.0, round(item.truth.magnitude + rng.normal(0, spread), 1 if item.truth.unit == "m" else 0))
            shown = [part.image for part in item.prompt if isinstance(part, Image)]
            made = item.model_copy(update={"truth": item.truth.model_copy(update={"magnitude": near})})
            return made.model_copy(update={"prompt": transition_prompt(made, shown[0], shown[-1], self._prompts)})
        corners = as_array(item.truth.corners)
        near_corners = np.sort(corners + rng.normal(0, rng.uniform(0, 0.5), corners.shape), axis=0)
        truth = item.truth.model_copy(update={"corners": _told(near_corners)})
        return self._asked(item.model_copy(update={"truth": truth}))

    def _asked(self, item: LayoutItem) -> LayoutItem:
        """With the prompt that its numbers make."""
        image = next(part.image for part in item.prompt if isinstance(part, Image))
        return item.model_copy(update={"prompt": layout_prompt(item, image, self._prompts)})


def as_array(corners: Corners) -> Array:
    """Corners as [2, dimensions]."""
    return np.array(corners, dtype=float).reshape(2, -1)


def _told(corners: Array) -> Corners:
    return rounded(corners.tolist())


def views_of(items: Sequence[Item], frames: Sequence[FrameRecord], families: Sequence[Family]) -> list[FamilyViews]:
    """The families that ``items`` ask about. SpaceNumError if an item shows what no frame is."""
    families = distinct(families)
    by_id, by_image = {frame.id: frame for frame in frames}, {frame.image: frame for frame in frames}
    by_scene: dict[str, list[Family]] = defaultdict(list)
    for family in families:
        by_scene[family.scene].append(family)
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        shown = [part.image for part in item.prompt if isinstance(part, Image)]
        if strange := next((path for path in shown if path not in by_image), None):
            raise SpaceNumError(
                f"an item shows {strange}, which no frames.jsonl describes; "
                "add '--forcerun items' to the snakemake command"
            )
        own = {by_image[path].id for path in shown}
        name = next(
            family.id for family in by_scene[item.scene] if own <= set(_frames_of(family)) and _asks(item, family)
        )
        found[name].append(item)
    return [
        FamilyViews(
            name=family.id,
            frames=tuple(by_id[name] for name in _frames_of(family)),
            transition=family if isinstance(family, TransitionFamily) else None,
            items=tuple(found[family.id]),
        )
        for family in families
        if family.id in found
    ]


def _frames_of(family: Family) -> tuple[str, ...]:
    if isinstance(family, TransitionFamily):
        return (family.start, *(end.frame for end in family.ends))
    return family.frames


def _asks(item: Item, family: Family) -> bool:
    """Whether an item is about what a family of its scene shows: the same views may stand for two directions."""
    if isinstance(item, TransitionItem) and isinstance(family, TransitionFamily):
        return (item.group, item.truth.direction) == (family.group, family.direction)
    return not isinstance(item, TransitionItem)
