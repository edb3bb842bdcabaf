"""Versions of the packages that outputs depend on."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

MODULES = {
    "accelerate": "accelerate", "ai2thor": "ai2thor", "bpy": "bpy", "gguf": "gguf", "jinja2": "Jinja2",
    "matplotlib": "matplotlib", "num2words": "num2words", "numpy": "numpy", "cv2": "opencv-python-headless",
    "pandas": "pandas", "peft": "peft", "PIL": "pillow", "pyarrow": "pyarrow", "safetensors": "safetensors",
    "scipy": "scipy", "sklearn": "scikit-learn", "statsmodels": "statsmodels", "tokenizers": "tokenizers",
    "torch": "torch", "transformers": "transformers", "trimesh": "trimesh", "typst": "typst", "pxr": "usd-core",
    "vllm": "vllm",
}  # fmt: skip
"""Module -> package, of those that pixels, replies, weights or numbers may change with."""


def loaded_versions() -> dict[str, str]:
    """Package -> version, of Python and of those packages in ``MODULES`` that this process has imported."""
    found = installed(package for module, package in MODULES.items() if module in sys.modules)
    return {"python": platform.python_version(), **found}


def installed(packages: Iterable[str]) -> dict[str, str]:
    """Package -> version, of those that are installed here."""
    found = {package: _version(package) for package in sorted(packages)}
    return {package: known for package, known in found.items() if known}


@cache
def _version(package: str) -> str:
    if package == "python":
        return platform.python_version()
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def released(versions: Mapping[str, str]) -> dict[str, str]:
    """Versions without what says for which device they were built (``+cu128``)."""
    return {package: known.partition("+")[0] for package, known in versions.items()}


def beside(program: str, packages: Iterable[str]) -> dict[str, str]:
    """Package -> version, of those in the environment to whose ``bin`` a program belongs; nothing if it belongs to
    none."""
    folders = map(str, Path(program).parent.parent.glob("lib/python*/site-packages"))
    wanted = set(packages)
    found = {one.metadata["Name"].lower(): one.version for one in distributions(path=list(folders))}
    return {package: found[package] for package in sorted(wanted & found.keys())}


def environment() -> dict[str, object]:
    """All that is installed here, as ``results/run.json`` holds it; no path and no name of this machine."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "packages": dict(sorted({one.metadata["Name"]: one.version for one in distributions()}.items())),
    }


def differing(made: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Package -> (version then, version here), of those that were another then. What isn't here can't differ."""
    here = installed(made)
    return {package: (made[package], here[package]) for package in here if here[package] != made[package]}
