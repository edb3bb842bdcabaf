"""A release, as a folder: parquet files, card, checksums and Croissant metadata."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spacenum.asking.questions import letters_of
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import images_anew, read_jsonl, sha256_of
from spacenum.items.schema import CELLS, ITEM, Item
from spacenum.release.card import CellSize, card
from spacenum.release.croissant import ReleasedFile, croissant
from spacenum.release.files import write_parquet
from spacenum.release.licences import licence_of, picture_lines
from spacenum.release.rows import row_of
from spacenum.release.settings import ReleaseParams

DATA = "data"
"""The folder of a release that holds its parquet files, a folder for each variant."""
SUMS = "SHA256SUMS"


def named_image(path: str) -> tuple[str, bytes]:
    """An image's name, which is the hash of its bytes, and these. path: relative to the study's folder."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: missing, though an item shows it; {images_anew(Path(path))}") from None
    return f"{hashlib.sha256(data).hexdigest()}.png", data


def write_files(
    items: Mapping[str, Sequence[Path]], folder: Path, answers: bool
) -> tuple[list[ReleasedFile], list[CellSize]]:
    """Write the parquet files of all sets into ``folder``, a release's ``data``. items: files by variant, the base
    first."""
    files: list[ReleasedFile] = []
    sizes: list[CellSize] = []
    for variant, paths in items.items():
        for path in paths:
            found = read_jsonl(path, ITEM)
            files.append(_write(found, variant, folder / variant / f"{path.stem}.parquet", answers))
            sizes += cell_sizes(found) if variant == "base" else []
    return files, sorted(sizes, key=lambda one: CELLS.index(one.cell))


def _write(items: Sequence[Item], variant: str, path: Path, answers: bool) -> ReleasedFile:
    path.parent.mkdir(exist_ok=True)
    write_parquet(path, (row_of(item, named_image, answers) for item in items))
    return ReleasedFile(
        name=f"{DATA}/{variant}/{path.name}",
        variant=variant,
        setting=path.stem,
        rows=len(items),
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
    )


def cell_sizes(items: Sequence[Item]) -> list[CellSize]:
    """Items and chance of each cell that there is."""
    chances: dict[str, list[float]] = defaultdict(list)
    for item in items:
        chances[item.cell].append(100 / len(letters_of(item)))
    return [CellSize(cell=cell, items=len(all_), chance=sum(all_) / len(all_)) for cell, all_ in chances.items()]


def card_text(
    params: ReleaseParams, files: Sequence[ReleasedFile], sizes: Sequence[CellSize], manifest: Path | None
) -> str:
    return card(params, files, sizes, [*picture_lines(params, manifest)])


def croissant_text(params: ReleaseParams, files: Sequence[ReleasedFile]) -> str:
    return croissant(f"spacenum-{params.study}", licence_of(params)[1], params.version, files)


def sums_text(folder: Path, names: Iterable[str]) -> str:
    """What ``sha256sum -c`` reads. names: of files of the release."""
    return "".join(f"{sha256_of(folder / name)}  {name}\n" for name in sorted(names))
