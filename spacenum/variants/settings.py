"""Parameters of the jobs that make variants."""

from __future__ import annotations

from typing import Any

from spacenum.core.blocks import Block
from spacenum.items.schema import Setting
from spacenum.simulators.settings import CameraConfig, SimulatorName


class VariantParams(Block):
    variant: str
    setting: Setting


class RerenderParams(Block):
    """settings: the config block of the simulator's own name."""

    variant: str
    simulator: SimulatorName
    pack: str
    camera: CameraConfig
    settings: dict[str, Any]
