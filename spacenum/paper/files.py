"""What the report is typeset from and by; light enough for every plan to read."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from spacenum.core.errors import SpaceNumError

TEMPLATES = Path(__file__).parent / "templates"
PROSE = "paper.typ"
"""The template that holds the words."""
PACKAGE = "typst"


def template_files() -> list[Path]:
    """What the report is typeset from beside its data."""
    return sorted(path for path in TEMPLATES.iterdir() if path.is_file())


def check_typesetter() -> None:
    """SpaceNumError if the package that typesets isn't installed here."""
    if find_spec(PACKAGE) is None:
        raise SpaceNumError(
            f"results/paper.pdf is typeset by the package '{PACKAGE}', which isn't installed here; run 'make', or "
            f"'pip install -c envs/constraints.txt {PACKAGE}'"
        )
