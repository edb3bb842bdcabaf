"""Where the Unity player is, or what a user must do to have it."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.simulators.ai2thor.settings import Ai2ThorConfig

COMMIT = "f0825767cd50d69f666c7f282e54abfe58f1e917"
"""The Unity build that ai2thor 5.0.0 was released with; frames of another one are another study's."""

PLAYER_VARIABLE = "SPACENUM_AI2THOR_PLAYER"
RELEASES_VARIABLE = "SPACENUM_AI2THOR_RELEASES"
HOW = "docs/ai2thor.md says how to install it, also on machines without a network"


@dataclass(frozen=True)
class Executable:
    """A Unity player to launch. official: it is the pinned build, from a folder of that build's name."""

    path: Path
    official: bool


def releases_folder() -> Path:
    """Where builds lie: the client's own folder, unless the environment names another."""
    return Path(os.environ.get(RELEASES_VARIABLE) or Path.home() / ".ai2thor" / "releases")


def find_build(build: str) -> Path:
    """The pinned build's executable; SpaceNumError if it is absent, not whole, or can't be executed."""
    name = f"thor-{build}-{COMMIT}"
    executable = releases_folder() / name / name
    if not executable.parent.is_dir():
        raise SpaceNumError(
            f"AI2-THOR's Unity build is not on this machine: there is no {executable}; run "
            f"'python -m scripts.fetch_ai2thor' where there is a network, or copy the folder {name} from another "
            f"machine into {releases_folder()} (or name its place in {RELEASES_VARIABLE}); {HOW}"
        )
    for part in (executable, executable.with_name("metadata.json")):
        if not part.is_file():
            raise SpaceNumError(
                f"AI2-THOR's Unity build in {executable.parent} is not whole: it lacks {part.name}; delete that folder "
                f"and run 'python -m scripts.fetch_ai2thor', or copy it again; {HOW}"
            )
    if not os.access(executable, os.X_OK):
        raise SpaceNumError(
            f"AI2-THOR's Unity build is there, but {executable} can't be executed; 'chmod +x' it, and copy the folder "
            f"in a way that keeps permissions (cp -a, rsync -a, tar); {HOW}"
        )
    return executable


def find_player(config: Ai2ThorConfig) -> Executable:
    """The player to launch on this machine; SpaceNumError names what is missing: client, build, display or driver."""
    if importlib.util.find_spec("ai2thor") is None:
        raise SpaceNumError(
            f"the ai2thor simulator needs the Python package ai2thor: pip install 'spacenum[ai2thor]'; {HOW}"
        )
    if named := os.environ.get(PLAYER_VARIABLE):
        if not os.access(named, os.X_OK) or Path(named).is_dir():
            raise SpaceNumError(f"{PLAYER_VARIABLE} is '{named}', which is no executable file; {HOW}")
        return Executable(Path(named).resolve(), official=False)
    executable = find_build(config.build)
    check_screen(config)
    return Executable(executable, official=True)


def check_screen(config: Ai2ThorConfig) -> None:
    """What the build needs to draw: an X display (Linux64), or Vulkan and an NVIDIA driver (CloudRendering)."""
    if config.build == "Linux64" and not os.environ.get("DISPLAY"):
        raise SpaceNumError(
            "config key 'ai2thor.build' is 'Linux64', which draws on an X display, but DISPLAY is not set; start an X "
            f"server with GLX and set DISPLAY, or use 'CloudRendering', which needs none; {HOW}"
        )
    if config.build == "CloudRendering":
        if ctypes.util.find_library("vulkan") is None:
            raise SpaceNumError(
                "config key 'ai2thor.build' is 'CloudRendering', which draws with Vulkan, but libvulkan is not "
                "installed; 'sudo apt-get install libvulkan1' (Debian, Ubuntu) "
                f"or 'sudo dnf install vulkan-loader' (Fedora); {HOW}"
            )
        if shutil.which("nvidia-smi") is None:
            raise SpaceNumError(
                "config key 'ai2thor.build' is 'CloudRendering', which needs an NVIDIA GPU and its driver, but there "
                f"is no nvidia-smi here; run where there is one, or use 'Linux64' with an X display; {HOW}"
            )
        if shutil.which("vulkaninfo") is None:
            raise SpaceNumError(
                "config key 'ai2thor.build' is 'CloudRendering', whose client asks vulkaninfo which GPU is which, but "
                "there is no vulkaninfo here; 'sudo apt-get install vulkan-tools' "
                f"(Debian, Ubuntu, Fedora's dnf); {HOW}"
            )
        _check_gpu(os.environ.get("CUDA_VISIBLE_DEVICES", ""))


def _check_gpu(shown: str) -> None:
    """Whether the client can tell Unity which GPU to draw on: it knows numbers,
    into which jobs translate GPUs' UUIDs."""
    if unknown := [name for name in shown.split(",") if name and not name.strip().startswith((*"0123456789", "GPU-"))]:
        raise SpaceNumError(
            f"CUDA_VISIBLE_DEVICES names '{unknown[0]}', on which AI2-THOR's client can't place Unity; name whole "
            f"GPUs, by number or as GPU-…; {HOW}"
        )


def client_environment(executable: Executable, config: Ai2ThorConfig, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the client: where Unity doesn't draw with Vulkan, without CUDA_VISIBLE_DEVICES.

    The client would ask vulkaninfo about those GPUs all the same, though an X display draws on its own.
    """
    vulkan = executable.official and config.build == "CloudRendering"
    return {name: value for name, value in environment.items() if vulkan or name != "CUDA_VISIBLE_DEVICES"}
