"""What making any fetched pack takes: entries like our own, our generators for the rest, manifest and checksums.

Models stand for categories of the procedural pack and take over its roles; categories for which a pack has no model
are completed with our own generators (licence MIT), so that every room and layout can be built. Each such entry's file
in the pack is a one-line module that names the generator of ``assets/procedural``, not a copy of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem, sha256_of
from spacenum.scenes.assets.manifest import Asset, Axis, Pack, Size3

SUMS = "SHA256SUMS"
_STEP_M = {"desk": 0.01, "room": 0.1}
_ROLES = ("stands", "against_wall", "surface", "faces", "layout")


@dataclass(frozen=True)
class PackedModel:
    """A model that stands for a category.

    file: relative to the pack. measured: width, depth, height in metres once ``up`` is +Z and ``front`` is -Y. size:
    the range to use instead of one about ``measured``. download_sha256: of the file that the model was made from.
    overrides: keys of the manifest that differ from our own entry.
    """

    id: str
    file: str
    measured: Size3
    licence: str
    author: str
    source: str
    up: Axis = "z"
    front: Axis = "-y"
    size: tuple[Size3, Size3] | None = None
    download_sha256: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)


def own_entry(procedural: Pack, category: str, selection: str) -> Asset:
    """Our own asset of a category; SpaceNumError that names the file ``selection`` if there is none."""
    own = procedural.of_category(category)
    if not own:
        raise SpaceNumError(f"{selection}: '{category}' is no category of the procedural pack")
    return own[0]


def entry(model: PackedModel, like: Asset, stretch: float, folder: Path) -> Asset:
    """A model's entry in the manifest of the pack in ``folder``; its roles are those of our own entry ``like``.

    Raises SpaceNumError if its overrides make no valid entry.
    """
    roles = {key: getattr(like, key) for key in _ROLES} | model.overrides
    size = model.size or sizes(model.measured, stretch, [_STEP_M[scale] for scale in roles["layout"]])
    own = {
        "id": model.id, "category": like.category, "file": model.file, "size": size,
        "round": like.round and all(limit[0] == limit[1] for limit in size),
        "up": model.up, "front": model.front, "licence": model.licence, "author": model.author,
        "source": model.source, "sha256": sha256_of(folder / model.file), "download_sha256": model.download_sha256,
        "measured": tuple(round(side, 6) for side in model.measured),
    }  # fmt: skip
    try:
        return Asset.model_validate(own | roles)
    except ValidationError as error:
        raise SpaceNumError(
            f"the list's entry for '{model.id}' can't be one of a manifest: {first_problem(error)}"
        ) from None


def sizes(size: Size3, stretch: float, steps: list[float]) -> tuple[Size3, Size3]:
    """Smallest and largest size in whole millimetres, with a whole number of each of ``steps`` metres between them."""
    low, high = [], []
    for length in size:
        whole = [max(1, round(length / step)) * step for step in steps]
        low.append(round(min([length * (1 - stretch), *whole]), 3))
        high.append(round(max([length * (1 + stretch), *whole]), 3))
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def turn(up: Axis, front: Axis) -> NDArray[np.float64]:
    """Rotation [3, 3] from a file's axes to ours: ``up`` becomes +Z, ``front`` becomes -Y.

    Raises SpaceNumError if both lie on one axis.
    """
    z, back = _direction(up), -_direction(front)
    if abs(z @ back) > 0:
        raise SpaceNumError(f"a model can't have up '{up}' and front '{front}': they lie on the same axis")
    return np.array([np.cross(back, z), back, z])


def _direction(axis: Axis) -> NDArray[np.float64]:
    return np.eye(3)["xyz".index(axis[-1])] * (-1 if axis.startswith("-") else 1)


def completion(procedural: Pack, covered: set[str], folder: Path) -> Iterator[Asset]:
    """Our own entries for the categories that aren't ``covered``; each gets a file that names its generator."""
    for asset in procedural.assets:
        if asset.category in covered:
            continue
        generator = f"{procedural.folder.name}.{asset.file.removesuffix('.py')}"
        (folder / asset.file).write_text(
            '"""Completes this pack: the category has no model in the catalogues."""\n\n'
            f"from spacenum.scenes.assets.{generator} import build  # noqa: F401\n"
        )
        yield asset.model_copy(update={"source": "spacenum"})


def write_manifest(folder: Path, pack: str, made_from: str, assets: Iterable[Asset]) -> None:
    """``manifest.yaml``. made_from: what the pack was made from, for a reader of the file."""
    head = {
        "pack": pack,
        "licence": "each asset has its own",
        "author": "each asset has its own",
        "assets": [asset.model_dump(mode="json", exclude_defaults=True) for asset in assets],
    }
    note = f"# Made by scripts/fetch_{pack}.py from {made_from}; don't edit.\n"
    text = yaml.safe_dump(head, sort_keys=False, default_flow_style=None, width=1000, allow_unicode=True)
    (folder / "manifest.yaml").write_text(note + text, encoding="utf-8")


def write_sums(folder: Path) -> None:
    """``SHA256SUMS`` of all files, so that ``sha256sum -c`` and import_mesh can check textures too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
