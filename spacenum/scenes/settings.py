"""Parameters of the job that draws scenes."""

from __future__ import annotations

from pydantic import Field

from spacenum.core.blocks import Block, Count
from spacenum.scenes.spec import RoomKind, Scale, Split, Variation

MOST_SCENES = {"ithor": 30}
"""Scenes of each kind, both splits together, of the sources that don't draw any number of them."""


class RoomScenes(Block):
    """How many rooms of each kind; their ids are '<split>-<kind>-<number>'."""

    kitchen: Count = 0
    living_room: Count = 0
    bedroom: Count = 0
    bathroom: Count = 0


class LayoutScenes(Block):
    """How many layouts of each scale; a third each varies position, size and both."""

    desk: Count = 0
    room: Count = 0


class SceneRequest(Block):
    """One scene to draw; ``number`` is its place among its split's."""

    id: str
    split: Split
    kind: RoomKind | Scale
    variation: Variation | None
    seed: int
    number: int


class ScenesParams(Block):
    source: str = Field(description="the module of spacenum.scenes that draws them")
    pack: str
    vertical_fov: float
    scenes: list[SceneRequest]
