"""Settings of cameras and engines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.core.resources import Needs

SimulatorName = Literal["blender", "ai2thor", "isaacsim"]
SCENE_SOURCES: dict[SimulatorName, dict[str, str]] = {
    "blender": {"transition": "rooms", "layout": "layouts"},
    "ai2thor": {"transition": "ithor"},
    "isaacsim": {"layout": "layouts"},
}
"""The settings that an engine can show, and the module of ``spacenum.scenes`` that draws its scenes."""
SHOWS_PACKS: frozenset[SimulatorName] = frozenset({"blender", "isaacsim"})
"""Engines that show things of an asset pack: their frames follow from its files."""


NEEDS: dict[SimulatorName, Needs] = {
    "blender": Needs(memory_mb=1500, minutes=240),
    "ai2thor": Needs(gpus=1, memory_mb=8000, minutes=240),
    "isaacsim": Needs(gpus=1, memory_mb=32_000, minutes=480),
}
"""Of one job that takes frames. AI2-THOR and Isaac Sim start a program of their own on a GPU, whatever their settings;
what those two take was never measured (32 GB is what NVIDIA asks for)."""

CAMERA_HEIGHTS_M: dict[str, float] = {"blender": 1.5, "ai2thor": 1.575}
"""Height of the agent's camera above the floor: a public constant of each agent (iTHOR's body centre at 0.9, the camera
0.675 above it)."""


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


class IsaacSimConfig(Block):
    """Isaac Sim's settings; all of them change frames."""

    renderer: Literal["real_time", "path_traced"] = Field("path_traced", description="RTX render mode")
    samples: int = Field(
        8, ge=1, le=4096, description="paths a pixel in each subframe, before denoising; path_traced only"
    )
    subframes: int = Field(32, ge=1, le=1024, description="frames that the renderer accumulates into one image")


class ContactSheetParams(Block):
    """Parameters of the job that draws contact sheets."""

    pack: str
