"""Whose folder a study's folder is: the study that was run in it last, and its config files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spacenum.core.provenance import write_text

OWNER = Path(".spacenum/study.json")


@dataclass(frozen=True, kw_only=True)
class FolderOwner:
    """configfiles: relative to the folder."""

    study: str
    configfiles: Sequence[str]


def owner_of_folder() -> FolderOwner | None:
    """Whose the current folder is; None if nobody's, or the file can't be read."""
    try:
        told = json.loads(OWNER.read_bytes())
        return FolderOwner(study=str(told["study"]), configfiles=[str(file) for file in told["configfiles"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def own_folder(owner: FolderOwner) -> None:
    """Write down whose the current folder is."""
    write_text(OWNER, json.dumps({"study": owner.study, "configfiles": [*owner.configfiles]}) + "\n")
