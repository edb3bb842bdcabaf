"""What configs and jobs say of cameras and simulators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.simulators.catalogue import names

if TYPE_CHECKING:
    SimulatorName = str
else:
    SimulatorName = Literal[names()]


class CameraConfig(Block):
    """A square-pixel pinhole camera."""

    width: int = Field(320, ge=32, le=4096, description="image width in pixels")
    height: int = Field(320, ge=32, le=4096, description="image height in pixels")
    vertical_fov: float = Field(90, ge=10, le=150, description="vertical field of view in degrees")


class ContactSheetParams(Block):
    """Parameters of the job that draws contact sheets."""

    pack: str
    sheet: Literal["objects", "rooms"]
