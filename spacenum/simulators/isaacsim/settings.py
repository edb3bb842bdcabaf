"""Isaac Sim's settings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.core.resources import Needs
from spacenum.simulators.catalogue import SimulatorInfo


class IsaacSimConfig(Block):
    """Isaac Sim's settings; all of them change frames."""

    renderer: Literal["real_time", "path_traced"] = Field("path_traced", description="RTX render mode")
    samples: int = Field(
        8, ge=1, le=4096, description="paths a pixel in each subframe, before denoising; path_traced only"
    )
    subframes: int = Field(32, ge=1, le=1024, description="frames that the renderer accumulates into one image")
    bounces: int = Field(4, ge=1, le=64, description="bounces of a path of light, of any kind")
    specular_bounces: int = Field(6, ge=1, le=64, description="bounces at mirrors and through glass")


SIMULATOR = SimulatorInfo(
    settings=IsaacSimConfig,
    resources=Needs(gpus=1, memory_mb=32_000, minutes=480),  # never measured: 32 GB is what NVIDIA asks for
    scene_sources={"layout": "layouts"},
    shows_packs=True,
)
