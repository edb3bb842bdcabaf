"""The simulator of the tests that shows objects as boxes, as one of a checkout; copied into it by the drill."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spacenum.geometry.camera import Intrinsics
from spacenum.simulators.settings import CameraConfig
from tests.frames.boxes import BoxesSimulator


def check(settings: Mapping[str, Any]) -> None: ...


class Closed(BoxesSimulator):
    def close(self) -> None: ...


def load(camera: CameraConfig, settings: Mapping[str, Any], pack: str, manifest: Path | None) -> Closed:
    return Closed(Intrinsics.from_vertical_fov(camera.width, camera.height, camera.vertical_fov))
