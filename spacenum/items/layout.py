"""Layout items: which image agrees with a cognitive map, and which coordinates an image shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spacenum.frames.records import FrameRecord, LayoutFamily
from spacenum.items.families import OptionOrders, letters_for
from spacenum.items.numbers import DECIMAL, Notation, rounded
from spacenum.items.prompts import Prompts
from spacenum.items.schema import (
    DIMENSIONS,
    TASKS,
    Anchors,
    Corners,
    Dimension,
    Frame,
    Image,
    LayoutItem,
    LayoutOption,
    LayoutQuality,
    LayoutTruth,
    Letter,
    MapEntry,
    Task,
    Text,
)
from spacenum.scenes.spec import LayoutScene, PlacedObject, Variation, pairs_1d

PLACES = {"desk": "desk", "room": "room"}
GROUNDS = {"desk": "desk top", "room": "floor"}


def layout_items(
    family: LayoutFamily, scene: LayoutScene, frames: Mapping[str, FrameRecord], orders: OptionOrders, prompts: Prompts
) -> Iterator[tuple[Task, Dimension, list[LayoutItem]]]:
    """The item families of one layout: for each task, two in 1D (two placements each), one in 2D and one in 3D."""
    for task in TASKS:
        for dimension in DIMENSIONS:
            for chosen, variation in _questions(dimension, scene.variation):
                maker = _Maker(family, scene, frames, orders, prompts, task, dimension, chosen, variation)
                yield task, dimension, [maker.item(k) for k in chosen]


def _questions(dimension: Dimension, variation: Variation) -> list[tuple[tuple[int, ...], Variation]]:
    if dimension == "1d":
        return [((i, j), differs) for i, j, differs in pairs_1d(variation)]
    return [((0, 1, 2, 3), variation)]


class _Maker:
    """Makes the items of one family, which share their options."""

    def __init__(
        self,
        family: LayoutFamily,
        scene: LayoutScene,
        frames: Mapping[str, FrameRecord],
        orders: OptionOrders,
        prompts: Prompts,
        task: Task,
        dimension: Dimension,
        chosen: Sequence[int],
        variation: Variation,
    ) -> None:
        self.scene, self.task, self.dimension, self.variation, self.prompts = scene, task, dimension, variation, prompts
        self.dimensions = int(dimension[0])
        self.difference = min(family.differences[i][j] for i in chosen for j in chosen if i != j)
        self.visible_objects = family.visible_objects
        self.frames = [frames[name] for name in family.frames]
        self.name = f"{family.id}.{dimension}.{'-'.join(map(str, chosen))}.{task}"
        self.cell = f"layout.{task}.{dimension}.{scene.scale}"
        self.order = [chosen[k] for k in orders.next(self.cell, len(chosen))]
        self.letters = letters_for(len(chosen))
        by_name = {placed.name: placed for placed in scene.objects}
        self.anchors = [by_name[scene.origin_anchor], by_name[scene.direction_anchor]]
        self.target = scene.placements[0].category

    def corners(self, placed: PlacedObject) -> Corners:
        return rounded(self.scene.map_corners(placed)[:, : self.dimensions].tolist())

    def item(self, asked: int) -> LayoutItem:
        options = [self._option(letter, k, asked) for letter, k in zip(self.letters, self.order, strict=True)]
        truth, frame = self.corners(self.scene.placements[asked]), self.frames[asked]
        origin, direction = (MapEntry(name=a.category, corners=self.corners(a)) for a in self.anchors)
        item = LayoutItem(
            id=self.name, split=self.scene.split, variant="base", task=self.task,
            cell=self.cell, family=self.name, scene=self.scene.id,
            simulator=frame.simulator, prompt=[], answer=self.letters[self.order.index(asked)],
            group=self.dimension, scale=self.scene.scale, options=options,
            truth=LayoutTruth(
                variation=self.variation, corners=truth, target=self.target,
                anchors=Anchors(origin=origin, direction=direction),
                frame=Frame(
                    origin=self.scene.frame.origin, x_axis=self.scene.frame.x_axis, unit_m=self.scene.frame.unit_m
                ),
            ),
            quality=self._quality(asked),
        )  # fmt: skip
        return item.model_copy(update={"prompt": layout_prompt(item, frame.image, self.prompts)})

    def _option(self, letter: Letter, k: int, asked: int) -> LayoutOption:
        here, there = (self.scene.map_corners(self.scene.placements[i])[:, : self.dimensions] for i in (k, asked))
        return LayoutOption(
            letter=letter,
            value=self.corners(self.scene.placements[k]),
            image=self.frames[k].image if self.task == "num2space" else None,
            position_ok=bool(np.allclose(base_centre(here), base_centre(there))),
            size_ok=bool(np.allclose(here[1] - here[0], there[1] - there[0])),
        )

    def _quality(self, asked: int) -> LayoutQuality:
        name = self.scene.placements[0].name
        target = next(instance for instance in self.frames[asked].instances if instance.name == name)
        return LayoutQuality(
            target_pixels=target.visible_px,
            visible_objects=self.visible_objects[asked],
            option_difference=self.difference,
        )


def base_centre(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Middle of the footprint, at the height of the base where there is a z."""
    centre = corners.mean(axis=0)
    if len(centre) == 3:
        centre[2] = corners[0, 2]
    return centre


def layout_prompt(
    item: LayoutItem, scene: str, prompts: Prompts, notation: Notation = DECIMAL, preface: str = ""
) -> list[Text | Image]:
    """An item's prompt from its other fields and the image of its truth, with numbers in ``notation``. preface: a
    sentence before the question."""
    truth, zero = item.truth, notation.coordinate(0.0)
    origin, direction = truth.anchors.origin, truth.anchors.direction

    def line(name: str, corners: Corners) -> str:
        return f'"{name}": {notation.corners(corners)}'

    return prompts.prompt(
        "layout", item.task,
        {"scene": scene} | {option.letter: option.image for option in item.options if option.image},
        frame_words=prompts.frame_words(item.group, origin.name, direction.name, GROUNDS[item.scale], zero),
        preface=preface,
        letters=[option.letter for option in item.options], target=truth.target, place=PLACES[item.scale],
        anchor_lines=[line(anchor.name, anchor.corners) for anchor in (origin, direction)],
        target_line=line(truth.target, truth.corners),
        options=[{"letter": option.letter, "text": notation.corners(option.value)} for option in item.options],
    )  # fmt: skip
