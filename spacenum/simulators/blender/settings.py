"""The embedded simulator's settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.core.resources import Needs
from spacenum.simulators.catalogue import SimulatorInfo

CAMERA_HEIGHT_M = 1.5
"""Of the agent's camera above the floor."""


class BlenderConfig(Block):
    """Cycles' settings; all of them change pixels."""

    samples: int = Field(3, ge=1, le=4096, description="paths a pixel, before denoising")
    bounces: int = Field(2, ge=0, le=32, description="light bounces")
    lighting: Literal["fast", "full"] = Field(
        "fast", description="fast ends paths after one bounce in an ambient term; full traces all bounces"
    )
    device: Literal["cpu", "cuda", "optix"] = Field("cpu", description="what renders")


SIMULATOR = SimulatorInfo(
    settings=BlenderConfig,
    resources=Needs(memory_mb=1500, minutes=240),
    scene_sources={"transition": "rooms", "layout": "layouts"},
    shows_packs=True,
    camera_height_m=CAMERA_HEIGHT_M,
)
