"""What the job that draws scenes is told."""

from __future__ import annotations

from typing import Literal

from spacenum.blocks import Block
from spacenum.scenes.spec import RoomKind, Scale, Split, Variation


class SceneRequest(Block):
    """One scene to draw; ``number`` is its place among its split's."""

    id: str
    split: Split
    kind: RoomKind | Scale
    variation: Variation | None
    seed: int
    number: int


class ScenesParams(Block):
    setting: Literal["transition", "layout"]
    pack: str
    vertical_fov: float
    scenes: list[SceneRequest]
