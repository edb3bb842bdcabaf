"""AI2-THOR's iTHOR rooms, the paper's source of transitions: Unity through the ``ai2thor``
client, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacenum.simulators.base import Simulator
    from spacenum.simulators.settings import CameraConfig


def check(settings: Mapping[str, Any]) -> None:
    """SpaceNumError says what this machine lacks; starts nothing."""
    from spacenum.simulators.ai2thor.build import find_player
    from spacenum.simulators.ai2thor.settings import Ai2ThorConfig

    find_player(Ai2ThorConfig.model_validate(settings))


def load(camera: CameraConfig, settings: Mapping[str, Any], pack: str, manifest: Path | None) -> Simulator:
    """The simulator with its player running; SpaceNumError says at once what this machine lacks. Packs don't matter."""
    from spacenum.simulators.ai2thor.build import find_player
    from spacenum.simulators.ai2thor.player import Patience, Player
    from spacenum.simulators.ai2thor.settings import Ai2ThorConfig
    from spacenum.simulators.ai2thor.simulator import Ai2ThorSimulator

    config = Ai2ThorConfig.model_validate(settings)
    executable = find_player(config)
    return Ai2ThorSimulator(Player(executable, camera, config, Patience.from_environment()), camera)
