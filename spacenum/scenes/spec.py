"""What a scene is: everything that a simulator needs, in metres and degrees; one line of ``data/scenes``.

World: right-handed, Z up, the floor (or the desk's top) at z = 0. Yaw counter-clockwise seen from above.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter

from spacenum.geometry.poses import CameraPose
from spacenum.scenes.assets.mesh import Material

Split = Literal["benchmark", "train"]
Scale = Literal["desk", "room"]
RoomKind = Literal["kitchen", "living_room", "bedroom", "bathroom"]
Variation = Literal["position", "size", "both"]
Vec3 = tuple[float, float, float]
Wall = Literal["north", "east", "south", "west"]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlacedObject(_Spec):
    """An asset of a pack at its place.

    name: unique in the scene. size: (width, depth, height) in the object's own frame (front along its -Y).
    position: the base's centre. yaw: degrees. seed: fixes its shape and materials.
    """

    name: str
    asset: str
    category: str
    size: Vec3
    position: Vec3
    yaw: float
    seed: int

    @property
    def box(self) -> NDArray[np.float64]:
        """[2, 3] smallest and largest world corner; exact where yaw is a multiple of 90 degrees, else the hull."""
        c, s = abs(np.cos(np.radians(self.yaw))), abs(np.sin(np.radians(self.yaw)))
        w, d, h = self.size
        half = np.array([(w * c + d * s) / 2, (w * s + d * c) / 2])
        x, y, z = self.position
        low, high = np.array([x, y]) - half, np.array([x, y]) + half
        return np.array([[*low, z], [*high, z + h]])


class Surface(_Spec):
    """A floor's, wall's or table's look; sRGB colours, pattern as in ``assets.mesh.Material``."""

    colour: Vec3
    roughness: float = 0.6
    pattern: str = "plain"
    colour2: Vec3 | None = None
    scale: float = 0.3

    def material(self) -> Material:
        return Material(self.colour, self.roughness, 0.0, self.pattern, self.colour2, self.scale)


class Opening(_Spec):
    """A door or a window: centre along its wall (metres from the wall's middle, to the right as seen from inside)."""

    kind: Literal["door", "window"]
    wall: Wall
    along: float
    width: float
    sill: float
    height: float


class Room(_Spec):
    """A closed room with its floor's centre at the origin; ``width`` along X (west-east), ``depth`` along Y."""

    kind: RoomKind
    width: float
    depth: float
    height: float
    floor: Surface
    walls: Surface
    openings: tuple[Opening, ...]
    daylight: float = Field(description="strength of the light through the windows, 1 = a bright day")


class RoomScene(_Spec):
    """A furnished room in which an agent moves: the source of transitions."""

    setting: Literal["transition"] = "transition"
    id: str
    split: Split
    seed: int
    room: Room
    objects: tuple[PlacedObject, ...]


class IthorScene(_Spec):
    """One of AI2-THOR's furnished rooms, by its name there: geometry and objects are the engine's own."""

    setting: Literal["transition"] = "transition"
    id: str
    split: Split
    seed: int
    kind: RoomKind
    floor_plan: str


class LayoutFrame(_Spec):
    """The frame that two anchors define.

    origin: in the world, the corner of the origin anchor's box where x, y and z are smallest. x_axis: unit vector in
    the world, from the origin anchor's base centre towards the other anchor's. unit_m: metres behind the number 1.
    """

    origin: Vec3
    x_axis: Vec3
    unit_m: float


class LayoutScene(_Spec):
    """Objects on a desk or in a room, with four placements of the target: the source of layouts.

    origin_anchor, direction_anchor: names among ``objects``. cameras: candidates in the order in which to try them.
    """

    setting: Literal["layout"] = "layout"
    id: str
    split: Split
    seed: int
    scale: Scale
    variation: Variation
    ground: Surface
    walls: Surface
    frame: LayoutFrame
    origin_anchor: str
    direction_anchor: str
    objects: tuple[PlacedObject, ...]
    placements: tuple[PlacedObject, ...]
    cameras: tuple[CameraPose, ...]

    def map_corners(self, placed: PlacedObject) -> NDArray[np.float64]:
        """[2, 3] smallest and largest corner of an object in the numbers of this layout's frame."""
        return (placed.box - np.array(self.frame.origin)) / self.frame.unit_m


def pairs_1d(variation: Variation) -> tuple[tuple[int, int, Literal["position", "size"]], ...]:
    """Which two placements make each 1D question of a layout, and what differs between them.

    Placements of ``both`` are two positions of the small size, then of the large one.
    """
    if variation == "both":
        return ((0, 1, "position"), (1, 3, "size"))
    return ((0, 1, variation), (2, 3, variation))


def _kind_of_scene(data: Any) -> str:
    fields = data if isinstance(data, dict) else {name: getattr(data, name) for name in type(data).model_fields}
    if fields.get("setting") == "layout":
        return "layout"
    return "ithor" if "floor_plan" in fields else "room"


TransitionScene = RoomScene | IthorScene
AnyScene = TransitionScene | LayoutScene
Scene = Annotated[
    Annotated[RoomScene, Tag("room")] | Annotated[IthorScene, Tag("ithor")] | Annotated[LayoutScene, Tag("layout")],
    Discriminator(_kind_of_scene),
]
SCENE: TypeAdapter[AnyScene] = TypeAdapter(Scene)
