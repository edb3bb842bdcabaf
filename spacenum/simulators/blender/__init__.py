"""The embedded simulator: Cycles through the ``bpy`` module, on any CPU, or on a GPU through CUDA or OptiX."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacenum.simulators.base import Simulator
    from spacenum.simulators.settings import CameraConfig


def check(settings: Mapping[str, Any]) -> None:
    """SpaceNumError if the ``bpy`` module isn't installed; starts nothing."""
    from importlib.util import find_spec

    from spacenum.core.errors import SpaceNumError

    if find_spec("bpy") is None:
        raise SpaceNumError(
            "the blender simulator needs the Python module bpy; install it with pip install "
            "'spacenum[blender]' in Python 3.11"
        )


def load(camera: CameraConfig, settings: Mapping[str, Any], pack: str, manifest: Path | None) -> Simulator:
    """The simulator, ready to open scenes; SpaceNumError if ``bpy`` can't be imported."""
    from spacenum.core.errors import SpaceNumError

    try:
        with _one_core():
            from spacenum.simulators.blender.simulator import BlenderSimulator
    except ImportError as error:
        raise SpaceNumError(
            f"the blender simulator can't start ({error}); install it with pip install 'spacenum[blender]' in Python "
            "3.11, and let scripts/check_system.py name the system libraries that are missing"
        ) from None
    from spacenum.geometry.camera import Intrinsics
    from spacenum.scenes.assets.manifest import load_pack
    from spacenum.simulators.blender.settings import BlenderConfig

    intrinsics = Intrinsics.from_vertical_fov(camera.width, camera.height, camera.vertical_fov)
    return BlenderSimulator(load_pack(pack, manifest), intrinsics, BlenderConfig.model_validate(settings))


@contextmanager
def _one_core() -> Iterator[None]:
    """Show this process one core only. When ``bpy`` is imported it starts a thread for each core that it sees, and
    these wait for work by asking for it again and again: a job of one thread then takes two cores."""
    seen = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(seen)})
    try:
        yield
    finally:
        for thread in os.listdir("/proc/self/task"):
            os.sched_setaffinity(int(thread), seen)
