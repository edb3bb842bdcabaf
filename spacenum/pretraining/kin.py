"""A family as training takes it: its images once, and every question that they can answer.

Beyond the benchmark's own items, two views of a transition family are a transition too, whichever is the first, and every
object of a layout has coordinates. Images of transitions may be mirrored, if left and right change places in the words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spacenum.errors import SpaceNumError
from spacenum.frames.records import Family, FrameRecord, TransitionFamily
from spacenum.items.families import Item, distinct
from spacenum.items.layout import layout_prompt
from spacenum.items.numbers import rounded
from spacenum.items.prompts import Prompts
from spacenum.items.schema import Image, LayoutItem, TransitionItem
from spacenum.items.transition import transition_prompt
from spacenum.variants.mirrored import MIRRORED
from spacenum.variants.time_reversed import OPPOSITE

FEWEST_PIXELS = 60 / 128**2
"""Share of an image that an object fills to be asked about."""


@dataclass(frozen=True)
class Kin:
    """name: of the family. frames: its views, a transition's start first. moving: none for a layout. items: the benchmark's
    questions of it."""

    name: str
    frames: tuple[FrameRecord, ...]
    moving: TransitionFamily | None
    items: tuple[Item, ...]


class QuestionMaker:
    """Makes further questions of a family, Space2Num without options."""

    def __init__(self) -> None:
        self._prompts = Prompts()

    def part(self, kin: Kin, rng: np.random.Generator, mirrored: bool) -> Item | None:
        """One question drawn at random; None where the family has no item of Space2Num to make it of."""
        models = [item for item in kin.items if item.task == "space2num"]
        if not models:
            return None
        model = models[int(rng.integers(len(models)))]
        if isinstance(model, TransitionItem):
            before, after = (int(k) for k in rng.choice(len(kin.frames), 2, replace=False))
            return self.between(kin, model, before, after, mirrored)
        frame = kin.frames[int(rng.integers(len(kin.frames)))]
        return self.object(model, frame, rng)

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
        """Where an object of a layout stands that is no anchor; None if there is none that can be told from the others."""
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

    def mirrored(self, kin: Kin, item: TransitionItem) -> TransitionItem:
        """The benchmark's question about mirrored images."""
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
            raise SpaceNumError(f"an item shows {strange}, which no frames.jsonl describes; run snakemake again")
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
