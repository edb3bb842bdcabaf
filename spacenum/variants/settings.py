"""Parameters of the jobs that make variants."""

from __future__ import annotations

from typing import Any

from spacenum.core.blocks import Block
from spacenum.items.schema import Setting
from spacenum.simulators.settings import CameraConfig, SimulatorName


class VariantParams(Block):
    """families: of each cell, for a variant with items of its own; None for all."""

    variant: str
    setting: Setting
    families: int | None = None


class RerenderParams(Block):
    """settings: the config block of the simulator's own name."""

    variant: str
    simulator: SimulatorName
    pack: str
    camera: CameraConfig
    settings: dict[str, Any]
