"""NVIDIA Isaac Sim: layouts as OpenUSD stages, rendered by Isaac's own Python in a process of its own."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacenum.simulators.base import Simulator
    from spacenum.simulators.settings import CameraConfig

WORK = Path(".spacenum") / "isaacsim"
LOGS = Path("logs") / "isaacsim"


def check(settings: Mapping[str, Any]) -> None:
    """SpaceNumError if OpenUSD isn't installed here, or no Isaac Sim is found; starts nothing."""
    from spacenum.simulators.isaacsim.installation import find_python

    find_python(os.environ, Path.home())
    need_usd()


def load(camera: CameraConfig, settings: Mapping[str, Any], pack: str, manifest: Path | None) -> Simulator:
    """The simulator, ready to open layouts, or SpaceNumError as ``check``; Isaac itself starts with the first view."""
    check(settings)
    from spacenum.core.owners import own_place
    from spacenum.geometry.camera import Intrinsics
    from spacenum.scenes.assets.manifest import load_pack
    from spacenum.simulators.isaacsim.installation import find_python
    from spacenum.simulators.isaacsim.process import Runner
    from spacenum.simulators.isaacsim.settings import IsaacSimConfig
    from spacenum.simulators.isaacsim.simulator import IsaacSimulator
    from spacenum.simulators.isaacsim.views import LiveViews

    runner = Runner(find_python(os.environ, Path.home()), LOGS / f"{os.getpid()}.log")
    intrinsics = Intrinsics.from_vertical_fov(camera.width, camera.height, camera.vertical_fov)
    config = IsaacSimConfig.model_validate(settings)
    views = LiveViews(runner, own_place(WORK), intrinsics, config)
    return IsaacSimulator(views, load_pack(pack, manifest), intrinsics, config)


def need_usd() -> None:
    """SpaceNumError if OpenUSD isn't installed; asks without importing it."""
    from spacenum.core.errors import SpaceNumError

    if importlib.util.find_spec("pxr") is None:
        raise SpaceNumError("layouts for Isaac Sim are OpenUSD stages; install it with pip install 'spacenum[usd]'")
