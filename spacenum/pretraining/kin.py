"""A family as training takes it: its images once, and every question that they can answer.

Beyond the benchmark's own items, two views of a transition family are a transition too, whichever is the first, and
every object of a layout has coordinates. Images may be mirrored, if left and right change places in a transition's
words and y changes its sign in a layout's numbers; and the anchors of a layout may change places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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

MOVED = 1.0  # units of the map
FEWEST_PIXELS = 60 / 128**2
"""Share of an image that an object fills to be asked about."""


@dataclass(frozen=True)
class Kin:
    """name: of the family. frames: its views, a transition's start first. moving: none for a layout. items: the
    benchmark's questions of it."""

    name: str
    frames: tuple[FrameRecord, ...]
    moving: TransitionFamily | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Turn:
    """Another true way to tell a layout's map. mirrored: its images are, so that y points the other way. swapped: the
    anchors change places, so that x and y do."""

    mirrored: bool = False
    swapped: bool = False

    def corners(self, corners: Array, origin: Array) -> Array:
        """Corners [..., 2, n] as they are told then. origin: those of the new origin anchor as they were, [2, n]; its
        first one becomes zero in x and y."""
        signs = np.ones(corners.shape[-1])
        signs[:2] = np.array([1 - 2 * self.swapped, 1 - 2 * (self.swapped != self.mirrored)])[: len(signs)]
        first = np.sort(origin * signs, axis=-2)[..., 0, :]
        first[2:] = 0
        return np.sort(corners * signs, axis=-2) - first

    def item(self, item: LayoutItem, prompts: Prompts) -> LayoutItem:
        """The same question in these numbers."""
        anchors = [item.truth.anchors.origin, item.truth.anchors.direction][:: -1 if self.swapped else 1]
        zero = _array(anchors[0].corners)

        def told(corners: Corners) -> Corners:
            return rounded(self.corners(_array(corners), zero).tolist())

        origin, direction = (anchor.model_copy(update={"corners": told(anchor.corners)}) for anchor in anchors)
        truth = {"anchors": Anchors(origin=origin, direction=direction), "corners": told(item.truth.corners)}
        options = [option.model_copy(update={"value": told(option.value)}) for option in item.options]
        return _asked(
            item.model_copy(update={"truth": item.truth.model_copy(update=truth), "options": options}), prompts
        )


def _asked(item: LayoutItem, prompts: Prompts) -> LayoutItem:
    """With the prompt that its numbers make."""
    image = next(part.image for part in item.prompt if isinstance(part, Image))
    return item.model_copy(update={"prompt": layout_prompt(item, image, prompts)})


def _array(corners: Corners) -> Array:
    """Corners as [2, dimensions]."""
    return np.array(corners, dtype=float).reshape(2, -1)


class QuestionMaker:
    """Makes further questions of a family, Space2Num without options."""

    def __init__(self) -> None:
        self._prompts = Prompts()

    def part(self, kin: Kin, rng: np.random.Generator, turn: Turn) -> Item | None:
        """One question drawn at random, told as ``turn`` says; None where the family has no item
        of Space2Num to make it of."""
        models = [item for item in kin.items if item.task == "space2num"]
        if not models:
            return None
        model = models[int(rng.integers(len(models)))]
        if isinstance(model, TransitionItem):
            before, after = (int(k) for k in rng.choice(len(kin.frames), 2, replace=False))
            return self.between(kin, model, before, after, turn.mirrored)
        frame = kin.frames[int(rng.integers(len(kin.frames)))]
        found = self.object(model, frame, rng)
        return None if found is None else turn.item(found, self._prompts)

    def between(self, kin: Kin, model: TransitionItem, before: int, after: int, mirrored: bool) -> TransitionItem:
        """The transition from one view of a family to another."""
        assert kin.moving is not None
        reached = [0.0, *(end.magnitude for end in kin.moving.ends)]
        way = reached[after] - reached[before]
        direction = kin.moving.direction if way > 0 else OPPOSITE[kin.moving.direction]
        if mirrored:
            direction = MIRRORED.get(direction, direction)
        truth = model.truth.model_copy(update={"direction": direction, "magnitude": round(abs(way), 1)})
        changes = {"truth": truth, "options": [], "id": f"{kin.name}.{before}.{after}"}
        item = model.model_copy(update=changes)
        prompt = transition_prompt(item, kin.frames[before].image, kin.frames[after].image, self._prompts)
        return item.model_copy(update={"prompt": prompt})

    def object(self, model: LayoutItem, frame: FrameRecord, rng: np.random.Generator) -> LayoutItem | None:
        """Where an object of a layout stands that is no anchor; None if there is none that
        can be told from the others."""
        anchors = {model.truth.anchors.origin.name, model.truth.anchors.direction.name}
        seen = [instance for instance in frame.instances if not instance.fixture and instance.category not in anchors]
        names = [instance.category for instance in seen]
        fewest = FEWEST_PIXELS * frame.camera.width * frame.camera.height
        clear = [one for one in seen if names.count(one.category) == 1 and one.visible_px >= fewest and one.box]
        if not clear:
            return None
        chosen = clear[int(rng.integers(len(clear)))]
        dimensions = int(model.group[0])
        where = (np.array(chosen.box) - model.truth.frame.origin) / model.truth.frame.unit_m
        corners = rounded(where[:, :dimensions].tolist())
        truth = model.truth.model_copy(update={"target": chosen.category, "corners": corners})
        item = model.model_copy(update={"truth": truth, "options": [], "id": f"{frame.id}.{chosen.name}.{model.group}"})
        return item.model_copy(update={"prompt": layout_prompt(item, frame.image, self._prompts)})

    def moved(self, item: LayoutItem, rng: np.random.Generator) -> LayoutItem:
        """The same question where no option has quite the true number: Num2Space's map, or all options of Space2Num,
        are elsewhere by up to ``MOVED`` (standard deviation) and by a third of that larger or smaller.
        Its answer is no longer right."""
        spread = rng.uniform(0, MOVED)
        size = _array(item.truth.corners).shape[-1]
        away = rng.normal(0, spread, (1, size)) + rng.normal(0, spread / 3, (2, size))
        away[0, 2:] = 0  # on the ground

        def told(corners: Corners) -> Corners:
            return rounded(np.sort(_array(corners) + away, axis=0).tolist())

        if item.task == "num2space":
            changes: dict[str, object] = {"truth": item.truth.model_copy(update={"corners": told(item.truth.corners)})}
        else:
            changes = {"options": [one.model_copy(update={"value": told(one.value)}) for one in item.options]}
        return _asked(item.model_copy(update=changes), self._prompts)

    def turned(self, kin: Kin, item: Item, turn: Turn) -> Item:
        """The benchmark's question, told as ``turn`` says."""
        if not isinstance(item, TransitionItem):
            return turn.item(item, self._prompts) if turn != Turn() else item
        return self._mirrored(kin, item) if turn.mirrored else item

    def _mirrored(self, kin: Kin, item: TransitionItem) -> TransitionItem:
        direction = MIRRORED.get(item.truth.direction, item.truth.direction)
        turned = item.model_copy(update={"truth": item.truth.model_copy(update={"direction": direction})})
        ends: Mapping[float, FrameRecord] = dict(
            zip((end.magnitude for end in kin.moving.ends), kin.frames[1:], strict=True)  # type: ignore[union-attr]
        )
        before, after = kin.frames[0].image, ends[item.truth.magnitude].image
        return turned.model_copy(update={"prompt": transition_prompt(turned, before, after, self._prompts)})


def kin_of(items: Sequence[Item], frames: Sequence[FrameRecord], families: Sequence[Family]) -> list[Kin]:
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
        name = next(family.id for family in by_scene[item.scene] if own <= set(_views(family)) and _asks(item, family))
        found[name].append(item)
    return [
        Kin(
            family.id,
            tuple(by_id[name] for name in _views(family)),
            family if isinstance(family, TransitionFamily) else None,
            tuple(found[family.id]),
        )
        for family in families
        if family.id in found
    ]


def _views(family: Family) -> tuple[str, ...]:
    if isinstance(family, TransitionFamily):
        return (family.start, *(end.frame for end in family.ends))
    return family.frames


def _asks(item: Item, family: Family) -> bool:
    """Whether an item is about what a family of its scene shows: the same views may stand for two directions."""
    if isinstance(item, TransitionItem) and isinstance(family, TransitionFamily):
        return (item.group, item.truth.direction) == (family.group, family.direction)
    return not isinstance(item, TransitionItem)
