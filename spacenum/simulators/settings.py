"""Settings of cameras and engines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spacenum.blocks import Block

SimulatorName = Literal["blender", "ai2thor", "isaacsim"]


class CameraConfig(Block):
    """A square-pixel pinhole camera."""

    width: int = Field(320, ge=32, le=4096, description="image width in pixels")
    height: int = Field(320, ge=32, le=4096, description="image height in pixels")
    vertical_fov: float = Field(90, ge=10, le=150, description="vertical field of view in degrees")


class BlenderConfig(Block):
    """Cycles' settings; all of them change pixels."""

    samples: int = Field(3, ge=1, le=4096, description="paths a pixel, before denoising")
    bounces: int = Field(2, ge=0, le=32, description="light bounces")
    lighting: Literal["fast", "full"] = Field(
        "fast", description="fast ends paths after one bounce in an ambient term; full traces all bounces"
    )
    device: Literal["cpu", "cuda", "optix"] = Field("cpu", description="what renders")


class ContactSheetParams(Block):
    """What the job that draws contact sheets is told."""

    pack: str
