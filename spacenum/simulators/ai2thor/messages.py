"""What crosses the pipe between ``player`` and ``child`` besides actions and events; needs no client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Launch:
    """What the client is started with. home: a folder of its own, made for it. executable: a player to launch, or None
    for the release of ``build``."""

    executable: str | None
    build: str
    commit: str
    width: int
    height: int
    start_s: float
    scene_s: float
    step_s: float
    display: str | None
    home: str
    initialization: dict[str, Any]


@dataclass(frozen=True)
class Failed:
    """The client raised; unknown_scene: because the player has no scene of that name."""

    message: str
    unknown_scene: bool = False
