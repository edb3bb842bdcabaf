"""An item: one line of ``data/items/{split}/{variant}/{setting}.jsonl``. This contract is stable; other tools read it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from spacenum.geometry.poses import DIRECTIONS, Direction, Group
from spacenum.scenes.spec import Scale, Split, Variation

Setting = Literal["transition", "layout"]
Task = Literal["num2space", "space2num"]
AnyTask = Literal["num2space", "space2num", "choice"]
"""choice: a question of another benchmark, with options in its own words."""
AnySetting = Literal["transition", "layout", "external"]
Dimension = Literal["1d", "2d", "3d"]
Letter = Literal["A", "B", "C", "D"]
Corners = list[float] | list[list[float]]
"""Two opposite corners, smallest first. In 1D a corner is one number, in 2D two, in 3D three."""

LETTERS: tuple[Letter, ...] = ("A", "B", "C", "D")
SETTINGS: tuple[Setting, ...] = ("transition", "layout")
TASKS: tuple[Task, ...] = ("num2space", "space2num")
DIMENSIONS: tuple[Dimension, ...] = ("1d", "2d", "3d")
SCALES: tuple[Scale, ...] = ("desk", "room")
CELLS: tuple[str, ...] = (
    *(f"transition.{task}.{group}" for task in TASKS for group in DIRECTIONS),
    *(f"layout.{task}.{dimension}.{scale}" for task in TASKS for dimension in DIMENSIONS for scale in SCALES),
)
"""The 20 cells, in the order of the paper's Table 2."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Part):
    text: str


class Image(_Part):
    """An image, by its path relative to the study's folder."""

    image: str


class TransitionOption(_Part):
    letter: Letter
    value: float
    unit: Literal["m", "deg"]
    image: str | None = None


class LayoutOption(_Part):
    """position_ok, size_ok: whether this option agrees with the truth in where the target stands and how large it is."""

    letter: Letter
    value: Corners
    image: str | None = None
    position_ok: bool
    size_ok: bool


class TransitionTruth(_Part):
    direction: Direction
    magnitude: float
    unit: Literal["m", "deg"]


class MapEntry(_Part):
    name: str
    corners: Corners


class Anchors(_Part):
    origin: MapEntry
    direction: MapEntry


class Frame(_Part):
    """Origin and x axis in the world (metres), and the metres behind the number 1."""

    origin: tuple[float, float, float]
    x_axis: tuple[float, float, float]
    unit_m: float


class LayoutTruth(_Part):
    variation: Variation
    corners: Corners
    target: str
    anchors: Anchors
    frame: Frame


class TransitionQuality(_Part):
    """Controls of this item's transition.

    overlap: share of the pixels of each view that reproject into the other and agree in depth, the smaller of both
    ways. shared_anchors: object instances visible in both. pose_error: measured against commanded pose, as a multiple
    of the tolerance (1 is the limit). option_difference: smallest mean absolute difference between any two of the
    family's candidate images, in 0..1.
    """

    overlap: float
    shared_anchors: int
    pose_error: float
    option_difference: float


class LayoutQuality(_Part):
    """target_pixels: visible pixels of the target. visible_objects: instances with enough pixels. option_difference: as
    for transitions."""

    target_pixels: int
    visible_objects: int
    option_difference: float


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    split: Split
    variant: str
    task: AnyTask
    cell: str
    family: str
    scene: str
    simulator: str
    prompt: list[Text | Image]
    answer: Letter


class TransitionItem(_Item):
    task: Task
    setting: Literal["transition"] = "transition"
    group: Group
    scale: None = None
    options: list[TransitionOption]
    truth: TransitionTruth
    quality: TransitionQuality


class LayoutItem(_Item):
    task: Task
    setting: Literal["layout"] = "layout"
    group: Dimension
    scale: Scale
    options: list[LayoutOption]
    truth: LayoutTruth
    quality: LayoutQuality


class ExternalOption(_Part):
    """An option as its benchmark words it, or an image."""

    letter: Letter
    text: str | None = None
    image: str | None = None


class ExternalTruth(_Part):
    """source: the item as its benchmark calls it. option: the place of the right option among those published, from 0."""

    source: str
    option: int


class ExternalItem(_Item):
    """An item of another benchmark, or of a published item set that was imported.

    cell, group: the benchmark and its category; for an imported set, ``cell`` may be one of the 20 cells. scene: the hash of
    its first image; items of one picture are alike.
    """

    setting: Literal["external"] = "external"
    group: str
    scale: None = None
    options: list[ExternalOption]
    truth: ExternalTruth
    quality: None = None


Item = Annotated[TransitionItem | LayoutItem, Field(discriminator="setting")]
ITEM: TypeAdapter[TransitionItem | LayoutItem] = TypeAdapter(Item)

AskedItem = Annotated[TransitionItem | LayoutItem | ExternalItem, Field(discriminator="setting")]
ASKED_ITEM: TypeAdapter[TransitionItem | LayoutItem | ExternalItem] = TypeAdapter(AskedItem)
"""What models are asked: our items, and other benchmarks'."""
