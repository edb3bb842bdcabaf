"""Are the files of a fetched asset pack still those that it was made with?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.scenes.assets.manifest import Asset
from spacenum.scenes.assets.packing import SUMS


def checked_file(asset: Asset, folder: Path) -> Path:
    """The path of a mesh asset in its pack's ``folder``.

    Raises SpaceNumError that names the file if it, or another file of its folder, is missing or isn't the one that the
    pack was made with.
    """
    path = folder / asset.file
    _verify(path, asset.sha256)
    for part, digest in _sums(folder / SUMS).items():
        if part.parent == path.parent:
            _verify(part, digest)
    return path


def _verify(path: Path, digest: str | None) -> None:
    if not path.is_file():
        raise SpaceNumError(f"{path}: missing from its asset pack; fetch the pack again")
    if digest is not None and _digest(path, path.stat().st_mtime_ns) != digest:
        raise SpaceNumError(
            f"{path}: not the file that the asset pack was made with (its sha256 isn't {digest}); fetch the pack again"
        )


@cache
def _digest(path: Path, changed: int) -> str:
    """A file's sha256, read once for as long as its time of change is ``changed``."""
    return sha256_of(path)


@cache
def _sums(path: Path) -> dict[Path, str]:
    """The pack's checksums of all its files; none if it has no such list."""
    if not path.is_file():
        return {}
    rows = (line.split("  ", 1) for line in path.read_text(encoding="utf-8").splitlines())
    return {path.parent / name: digest for digest, name in rows}
