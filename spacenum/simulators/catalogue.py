"""The simulators that there are: one folder each, whose ``settings.py`` defines ``SIMULATOR``. Imported to plan, so
these modules import nothing that only jobs use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spacenum.core.blocks import Block
from spacenum.core.catalogue import constant_of, modules_with
from spacenum.core.resources import Needs

FOLDER = Path(__file__).parent
EMBEDDED = "blender"


@dataclass(frozen=True)
class SimulatorInfo:
    """What a plan has to know of a simulator.

    settings: its block of the config, which bears its name. resources: of one job that takes frames. scene_sources: the
    settings that it can show, and the module of ``spacenum.scenes`` that draws their scenes. shows_packs: whether it
    shows things of an asset pack, so that its frames follow from the pack's files. camera_height_m: of the agent's
    camera above the floor, if it has one.
    """

    settings: type[Block]
    resources: Needs
    scene_sources: Mapping[str, str]
    shows_packs: bool
    camera_height_m: float | None = None


def names() -> tuple[str, ...]:
    """Names of all simulators, the embedded one first."""
    found = [path.parent.name for path in modules_with(FOLDER, "SIMULATOR", "*/settings.py")]
    return tuple(sorted(found, key=lambda name: (name != EMBEDDED, name)))


def simulator(name: str) -> SimulatorInfo:
    """The simulator of that name, which must be one of ``names()``."""
    found: SimulatorInfo = constant_of(f"spacenum.simulators.{name}.settings", "SIMULATOR")
    return found


def showing(setting: str) -> list[str]:
    """Names of the simulators that can show a setting."""
    return [name for name in names() if setting in simulator(name).scene_sources]
