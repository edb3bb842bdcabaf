"""Backends by name."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError

FOLDER = Path(__file__).parent


def backend_of(model: str, config: ModelConfig) -> ModuleType:
    """The module that loads a model; SpaceNumError if there is none, or it needs a package that is not installed."""
    where = f"config/models/{model}.yaml, key 'backend': '{config.backend}'"
    try:
        return importlib.import_module(f"spacenum.models.{config.backend}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("spacenum."):
            raise SpaceNumError(f"{where} is no module of spacenum.models ({error})") from None
        raise SpaceNumError(f"{where} needs the Python package '{error.name}', which is not installed") from None


def check_options(config: ModelConfig) -> None:
    """SpaceNumError if ``options`` aren't what the backend takes, by its ``check`` if it has one: others are not
    imported, for that takes libraries that only jobs need. A backend that lacks a package here tells its jobs."""
    if not any("\ndef check(" in path.read_text(encoding="utf-8") for path in backend_files(config.backend)):
        return
    try:
        module = importlib.import_module(f"spacenum.models.{config.backend}")
    except (ModuleNotFoundError, SpaceNumError):
        return
    module.check(config)


@cache
def backends() -> list[str]:
    """Names of the modules and packages that load a model."""
    loading = [path for path in FOLDER.glob("**/*.py") if "\ndef load(" in path.read_text(encoding="utf-8")]
    names = [(path.parent if path.stem == "__init__" else path.with_suffix("")).relative_to(FOLDER) for path in loading]
    inner = {name for name in names if name.parent in names}  # of a package that loads itself
    return sorted(".".join(name.parts) for name in set(names) - inner)


def reads_frames(backend: str) -> bool:
    """Whether a backend reads what the simulator measured, which only a study that rendered its items has."""
    return _says(backend, "READS_FRAMES")


def answers_each_alone(backend: str) -> bool:
    """Whether a baseline's answer to an item depends on no other item, so that several jobs may share the items."""
    return _says(backend, "EACH_ALONE")


def _says(backend: str, constant: str) -> bool:
    return any(f"\n{constant} = True" in path.read_text(encoding="utf-8") for path in backend_files(backend))


def backend_files(backend: str) -> list[Path]:
    """The modules of a backend, which scripts load by name: one, or a package's; none if there is no such backend."""
    path = FOLDER / Path(*backend.split("."))
    module = path.with_suffix(".py")
    return [module] if module.is_file() else sorted(path.glob("**/*.py"))
