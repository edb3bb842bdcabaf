"""What the job that builds the gallery is told."""

from __future__ import annotations

from spacenum.blocks import Block
from spacenum.items.schema import Setting
from spacenum.models.base import ModelInfo
from spacenum.simulators.settings import SimulatorName


class GalleryParams(Block):
    """variants: those that are shown beside the items, with what each changes, in words."""

    models: list[ModelInfo]
    study: str
    simulators: dict[Setting, SimulatorName]
    variants: dict[str, str]
