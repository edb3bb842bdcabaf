"""A benchmark's own words, read from its authors' file: none of them is kept here, so that they are theirs to the
letter."""

from __future__ import annotations

import ast
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.core.reading import read_text
from spacenum.external.base import OfficialPrompt


def read_prompt(path: Path, known: OfficialPrompt) -> str:
    """What the authors' script says before a question: their constants, a line break between each two, then an empty
    line. SpaceNumError if this isn't the file that was pinned; nothing of it is run."""
    where = f"take {known.file} of {known.repo} at commit {known.commit}"
    if not path.is_file():
        raise SpaceNumError(f"config key 'external', key 'prompts': {path} is no file; {where}")
    found = sha256_of(path)
    if found != known.sha256:
        raise SpaceNumError(f"{path}: its SHA-256 is {found}, and {known.sha256} is pinned; {where}")
    constants = {
        target.id: node.value.value
        for node in ast.parse(read_text(path)).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return "\n".join(str(constants[name]) for name in known.constants) + "\n\n"
