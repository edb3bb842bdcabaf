"""Parameters of the job that draws scenes."""

from __future__ import annotations

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.scenes.spec import RoomKind, Scale, Split, Variation

MOST_SCENES = {"ithor": 30}
"""Scenes of each kind, both splits together, of the sources that don't draw any number of them."""


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
