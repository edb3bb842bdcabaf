"""AI2-THOR's settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.core.resources import Needs
from spacenum.simulators.catalogue import SimulatorInfo


class Ai2ThorConfig(Block):
    """AI2-THOR's settings; all of them change frames."""

    build: Literal["CloudRendering", "Linux64"] = Field(
        "CloudRendering",
        description="Unity build: CloudRendering (Vulkan, no display) or Linux64 (an X server with GLX)",
    )
    quality: Literal["Very Low", "Low", "Medium", "High", "Very High", "Ultra"] = Field(
        "Ultra", description="Unity's rendering quality"
    )
    grid_m: float = Field(0.2, ge=0.05, le=1, description="spacing of the occupancy map's positions in metres")


SIMULATOR = SimulatorInfo(
    settings=Ai2ThorConfig,
    resources=Needs(gpus=1, memory_mb=8000, minutes=240),  # Unity runs on a GPU; what it takes was never measured
    scene_sources={"transition": "ithor"},
    shows_packs=False,
    camera_height_m=1.575,  # a public constant: iTHOR's body centre at 0.9, the camera 0.675 above it
)
