"""What a shard of frames writes: ``frames.jsonl``, ``families.jsonl`` and ``coverage.csv`` beside the images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from spacenum.core.provenance import each_of_jsonl
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import CameraPose, Direction, Group
from spacenum.simulators.base import Instance

DEPTH_STEP_M = 0.00025
"""One step of a 16-bit depth PNG in metres; the largest value (16.38 m) stands for 'that far or farther'."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FrameRecord(_Record):
    """One view. Paths are relative to the study's folder.

    image: sRGB PNG. depth: 16-bit PNG, metres along the view axis in steps of DEPTH_STEP_M. ids: 16-bit PNG of instance
    ids. pose: as commanded; measured_pose: as the simulator reported it. sha256: of the three files' bytes.
    """

    id: str
    scene: str
    simulator: str
    image: str
    depth: str
    ids: str
    sha256: tuple[str, str, str]
    camera: Intrinsics
    pose: CameraPose
    measured_pose: CameraPose
    instances: tuple[Instance, ...]


class SweepEnd(_Record):
    """The view after one action of a sweep, with its controls (see items.schema.TransitionQuality).

    depth_scale: metres of depth for a metre of the measured move (``controls.depth_scale``); None for turns.
    colour_agreement: of its colours with the start's (``colour_ends.agreements``); None if hardly any has contrast.
    """

    magnitude: float
    frame: str
    overlap: float
    shared_anchors: int
    pose_error: float
    depth_scale: float | None = None
    colour_agreement: float | None = None


class TransitionFamily(_Record):
    """One start and four magnitudes of one direction: what a family of items is made from."""

    setting: Literal["transition"] = "transition"
    id: str
    scene: str
    group: Group
    direction: Direction
    start: str
    ends: tuple[SweepEnd, ...]
    option_difference: float


class LayoutFamily(_Record):
    """Four placements of a layout's target through one camera, in the order of the scene's placements.

    visible_objects: instances with enough pixels in each frame. differences: [4][4] mean absolute difference between
    the colour images, in 0..1. change_agreement: of these differences with those of ids and depth
    (``colour_placements.change_agreements``).
    """

    setting: Literal["layout"] = "layout"
    id: str
    scene: str
    frames: tuple[str, ...]
    visible_objects: tuple[int, ...]
    differences: tuple[tuple[float, ...], ...]
    change_agreement: float | None = None


Family = Annotated[TransitionFamily | LayoutFamily, Field(discriminator="setting")]
FAMILY: TypeAdapter[TransitionFamily | LayoutFamily] = TypeAdapter(Family)


def read_frames(paths: Iterable[Path]) -> list[FrameRecord]:
    """The records of several ``frames.jsonl``, in their order."""
    return [*each_frame(paths)]


def each_frame(paths: Iterable[Path]) -> Iterator[FrameRecord]:
    """The same, one at a time: all of a large study's take gigabytes."""
    return (frame for path in paths for frame in each_of_jsonl(path, FrameRecord))
