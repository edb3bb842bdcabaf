"""Trained models that come with the project: a folder each below ``checkpoints/``."""

from __future__ import annotations

import shutil
from pathlib import Path

from spacenum.asking.settings import CHECKPOINT_FILES
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, atomic_folder, sha256_of

FOLDER = PROJECT / "checkpoints"
CHECKSUMS = "SHA256SUMS"


class ShippedParams(Block):
    """sha256: of each file."""

    name: str
    sha256: dict[str, str]


def is_shipped(name: str) -> bool:
    """Whether the model comes with the project."""
    return (FOLDER / name / CHECKSUMS).is_file()


def shipped_params(name: str) -> ShippedParams:
    """The model's checksums; SpaceNumError if they can't be read. No path of the project is part of them, so that a
    moved checkout is the same study."""
    path = FOLDER / name / CHECKSUMS
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    if any(len(line) != 2 for line in lines):
        raise SpaceNumError(f"{path} isn't what sha256sum writes: a checksum and a file's name on each line")
    return ShippedParams(name=name, sha256={file: checksum for checksum, file in lines})


def lay_out(params: ShippedParams, out: Path) -> None:
    """Copy the model's files into ``out``; SpaceNumError if one isn't what its checksum says."""
    source = FOLDER / params.name
    for name in CHECKPOINT_FILES:
        path = source / name
        if not path.is_file() or sha256_of(path) != params.sha256.get(name):
            raise SpaceNumError(
                f"{path} is not the file that {CHECKSUMS} beside it names; restore both, or train the model anew"
            )
    with atomic_folder(out) as temporary:
        for name in CHECKPOINT_FILES:
            shutil.copyfile(source / name, temporary / name)
