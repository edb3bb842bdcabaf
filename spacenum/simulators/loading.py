"""Simulators by name, for the time that a job needs one."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from spacenum.scenes.assets.manifest import pack_manifest
from spacenum.simulators.base import Simulator
from spacenum.simulators.settings import CameraConfig


@contextmanager
def simulator_of(name: str, camera: CameraConfig, settings: Mapping[str, Any], pack: str) -> Iterator[Simulator]:
    """The simulator in ``spacenum.simulators.<name>``, which is closed when the block ends.
    settings: its config block."""
    engine = importlib.import_module(f"spacenum.simulators.{name}")
    simulator: Simulator = engine.load(camera, settings, pack, pack_manifest(pack))
    try:
        yield simulator
    finally:
        simulator.close()
