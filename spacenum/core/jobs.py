"""A job: what determines one output. And the code that a job runs by name, which its imports don't tell."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spacenum.core.blocks import Block
from spacenum.core.provenance import PROJECT, code_hash

SCRIPTS = PROJECT / "scripts"
BACKENDS = PROJECT / "spacenum" / "models"


@dataclass(frozen=True)
class Job:
    """What determines one output: its rule, its parameters, and the hash of the code that makes it."""

    rule: str
    params: Block
    code: str

    @property
    def arguments(self) -> str:
        """The command-line arguments that hand the job to its script, quoted for a shell."""
        return f"--params {shlex.quote(self.params.model_dump_json())} --code {self.code}"


@cache
def code_of(script: str, *extra: Path) -> str:
    """Hash of a script of ``scripts`` and of what it imports; ``extra``: files that it loads by name."""
    return code_hash(SCRIPTS / script, extra)


def simulator_files(simulator: str) -> list[Path]:
    """The modules of an engine, which scripts load by name; contact sheets are no part of it."""
    modules = sorted((PROJECT / "spacenum" / "simulators" / simulator).glob("*.py"))
    return [module for module in modules if module.stem != "contact_sheet"]


def backends() -> list[str]:
    """Names of the modules and packages that load a model."""
    loading = [path for path in BACKENDS.glob("**/*.py") if "\ndef load(" in path.read_text(encoding="utf-8")]
    names = [
        (path.parent if path.stem == "__init__" else path.with_suffix("")).relative_to(BACKENDS) for path in loading
    ]
    return sorted(".".join(name.parts) for name in names)


def backend_files(backend: str) -> list[Path]:
    """The modules of a model backend, which scripts load by name: one, or a package's; none if there is no such backend."""
    path = BACKENDS / Path(*backend.split("."))
    module = path.with_suffix(".py")
    return [module] if module.is_file() else sorted(path.glob("**/*.py"))
