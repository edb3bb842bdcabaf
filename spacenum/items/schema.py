"""An item: one line of ``data/items/{split}/{variant}/{setting}.jsonl``.
This contract is stable; other tools read it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, TypeAdapter, model_serializer

from spacenum.core.errors import SpaceNumError
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


@dataclass(frozen=True)
class Cell:
    """One of the 20 cells; files have its name, such as 'layout.num2space.1d.desk'."""

    setting: Setting
    task: Task
    group: Group | Dimension
    scale: Scale | None = None

    @staticmethod
    def of(name: str) -> Cell:
        """The cell of this name. SpaceNumError if there is none."""
        if name not in _CELLS:
            near = get_close_matches(name, CELLS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"cells are called like '{CELLS[0]}'"
            raise SpaceNumError(f"there is no cell '{name}'; {hint}")
        return _CELLS[name]

    @property
    def options(self) -> int:
        """How many options its items have."""
        return 2 if self.group == "1d" else 4

    @property
    def name(self) -> str:
        return ".".join(filter(None, (self.setting, self.task, self.group, self.scale)))

    def __str__(self) -> str:
        return self.name


_CELLS: dict[str, Cell] = {
    cell.name: cell
    for cell in (
        *(Cell("transition", task, group) for task in TASKS for group in DIRECTIONS),
        *(Cell("layout", task, dimension, scale) for task in TASKS for dimension in DIMENSIONS for scale in SCALES),
    )
}
CELLS: tuple[str, ...] = tuple(_CELLS)
"""The names of the 20 cells, in the order of the paper's Table 2."""


def cells_of(setting: Setting | None = None, task: Task | None = None) -> tuple[str, ...]:
    """The names of the cells of a setting, a task, or both."""
    cells = _CELLS.values()
    return tuple(cell.name for cell in cells if setting in (None, cell.setting) and task in (None, cell.task))


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


Misreading = Literal["mirrored", "other_anchor", "mirrored_other_anchor"]
"""A way to read a frame wrongly: y to the wrong side, origin and direction exchanged, or both."""


class LayoutOption(_Part):
    """position_ok, size_ok: whether this option agrees with the truth in where the target stands and how large it is.
    reading: the misreading of the truth that it is (variant ``frame_distractors``); not written down if it is none."""

    letter: Letter
    value: Corners
    image: str | None = None
    position_ok: bool
    size_ok: bool
    reading: Misreading | None = None

    @model_serializer(mode="wrap")
    def _short(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        return {name: value for name, value in written.items() if name != "reading" or value is not None}


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
    """source: the item as its benchmark calls it. option: the place of the right option
    among those published, from 0."""

    source: str
    option: int


class ExternalItem(_Item):
    """An item of another benchmark, or of a published item set that was imported.

    cell, group: the benchmark and its category; for an imported set, ``cell`` may be one of the 20 cells. scene: the
    hash of its first image; items of one picture are alike.
    """

    setting: Literal["external"] = "external"
    group: str
    scale: None = None
    options: list[ExternalOption]
    truth: ExternalTruth
    quality: None = None


Item = TransitionItem | LayoutItem
AnyItem = TransitionItem | LayoutItem | ExternalItem
"""What models are asked: our items, and other benchmarks'."""


def images_of(item: AnyItem) -> list[str]:
    """Paths of the prompt's images, in order."""
    return [part.image for part in item.prompt if isinstance(part, Image)]


ITEM: TypeAdapter[Item] = TypeAdapter(Annotated[Item, Field(discriminator="setting")])
ASKED_ITEM: TypeAdapter[AnyItem] = TypeAdapter(Annotated[AnyItem, Field(discriminator="setting")])
