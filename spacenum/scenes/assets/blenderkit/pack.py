"""Making the pack: what is pinned is downloaded once, normalised, and completed with our own generators."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from spacenum.core.errors import SpaceNumError
from spacenum.core.owners import left_behind, owner, remove
from spacenum.core.progress import Progress
from spacenum.core.provenance import sha256_of
from spacenum.scenes.assets.blenderkit.selection import SELECTION, BlenderKitSelection, Licence, Pin
from spacenum.scenes.assets.blenderkit.service import HOW_TO_GET_A_KEY, Service
from spacenum.scenes.assets.manifest import Asset, Axis, Pack, Size3, load_pack
from spacenum.scenes.assets.packing import PackedModel, completion, entry, own_entry, write_manifest

PACK = "blenderkit"
DOWNLOADS = "downloads"
LICENCES: dict[Licence, tuple[str, str]] = {
    "cc_zero": ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "royalty_free": ("BlenderKit Royalty Free", "https://www.blendkit.com/docs/licenses/"),
}
"""The library's two licences: our name for each, and where it can be read."""

LARGEST_MISFIT = 2.0
"""Factor by which a model's sides may leave the range of our own objects of the category."""


class Normalise(Protocol):
    """Turns a .blend file into one mesh file of ours, as ``spacenum.simulators.blender.normalising`` does."""

    def __call__(self, blend: Path, front: Axis, out: Path) -> Size3:
        """Write ``out`` (.glb) and return its width, depth and height in metres."""


def fetch(
    out: Path,
    selection: BlenderKitSelection,
    normalise: Normalise,
    service: Callable[[], Service] = Service.from_environment,
) -> Pack:
    """Make the pack in the folder ``out``, and return it; downloads are kept in ``out/downloads`` for the next time.

    service: called only if a file isn't in that folder. Raises SpaceNumError if nothing is pinned, a file can't be had,
    or one isn't what was pinned or isn't shaped like its category.
    """
    pins = list(selection.pins())
    if not pins:
        raise SpaceNumError(
            f"{SELECTION.name} pins no model yet, and a pack without any must not call itself blenderkit; "
            f"{HOW_TO_GET_A_KEY} and run 'python -m scripts.pin_blenderkit', or choose "
            "'pack: procedural' in the study's config"
        )
    download([pin for _, pin in pins], out / DOWNLOADS, service)
    for left in left_behind(out):
        remove(left)
    with tempfile.TemporaryDirectory(prefix=f".blenderkit.{owner()}.", suffix=".part", dir=out) as name:
        folder = Path(name)
        make_pack(folder, out / DOWNLOADS, selection, normalise)
        _publish(folder, out)
    load_pack.cache_clear()  # an older pack may have been read from there
    return load_pack(PACK, out / "manifest.yaml")


def download(pins: Sequence[Pin], folder: Path, service: Callable[[], Service]) -> None:
    """Put the files of ``pins`` that aren't there yet into ``folder``, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in pins if not (folder / pin.file_name).is_file()]
    if not missing:
        return
    library, progress = service(), Progress("blenderkit, downloads", len(missing))
    for pin in missing:
        library.download(library.find(pin), pin.resolution, folder / pin.file_name, pin.sha256)
        progress.step()


def make_pack(folder: Path, downloads: Path, selection: BlenderKitSelection, normalise: Normalise) -> None:
    """Fill an empty folder with ``models``, ``manifest.yaml`` and ``ATTRIBUTION.txt``, from the downloads alone."""
    procedural, pins = load_pack("procedural"), list(selection.pins())
    (folder / "models").mkdir()
    progress = Progress("blenderkit, models", len(pins))
    assets = []
    for category, pin in pins:
        like = own_entry(procedural, category, SELECTION.name)
        size = pin.size or (like.size if selection.categories[category].any_size else None)
        model = _model(pin, like, size, downloads, folder, normalise)
        assets.append(entry(model, like, selection.stretch, folder))
        progress.step()
    assets += completion(procedural, {category for category, _ in pins}, folder)
    write_manifest(folder, PACK, SELECTION.name, assets)
    _write_attribution(folder, [pin for _, pin in pins])


def _model(
    pin: Pin, like: Asset, size: tuple[Size3, Size3] | None, downloads: Path, folder: Path, normalise: Normalise
) -> PackedModel:
    """Normalise a pin's download into ``folder``; SpaceNumError if it isn't what was pinned or can't be a ``like``."""
    blend, file = downloads / pin.file_name, f"models/{pin.base_id}.glb"
    if sha256_of(blend) != pin.sha256:
        raise SpaceNumError(
            f"{blend}: not the file that was pinned (its sha256 isn't {pin.sha256}); delete it to fetch it again"
        )
    measured = normalise(blend, pin.front, folder / file)
    if size is None:
        check_size(measured, like, pin.title)
    return PackedModel(
        id=pin.asset_id, file=file, measured=measured, licence=LICENCES[pin.licence][0], author=pin.author,
        source=f"BlenderKit {pin.base_id}, version {pin.version}, {pin.resolution}, '{pin.name}'",
        size=size, download_sha256=pin.sha256, overrides=pin.overrides,
    )  # fmt: skip


def check_size(measured: Size3, like: Asset, title: str) -> None:
    """SpaceNumError if a model can't be a ``like``: another unit, another kind of thing, or lying on its side."""
    if not could_be(measured, like):
        raise SpaceNumError(
            f"{SELECTION.name}: {title} measures {[round(side, 3) for side in measured]} m, which is no "
            f"{like.category} ({list(like.size[0])} to {list(like.size[1])} m); "
            "choose another model, or give this one a 'size'"
        )


def could_be(size: Size3, like: Asset) -> bool:
    """Whether no side leaves the range of ``like`` by more than LARGEST_MISFIT."""
    low, high = (np.array(limit) for limit in like.size)
    return bool(np.all(low / LARGEST_MISFIT <= size) and np.all(size <= high * LARGEST_MISFIT))


def _write_attribution(folder: Path, pins: Sequence[Pin]) -> None:
    lines = [
        (
            "Models of the BlenderKit library (www.blendkit.com). SpaceNum joins each into one "
            "mesh, simplifies its materials"
        ),
        (
            "and stretches it where a scene asks for another size. The royalty-free licence "
            "doesn't allow to pass the models on;"
        ),
        "read both before you share anything but pictures. Files ending in .py belong to SpaceNum (MIT).",
        "",
        *(f"{name}: {url}" for name, url in LICENCES.values()),
        "",
        *(f"{p.name} | {p.author} | {LICENCES[p.licence][0]} | {p.base_id} | models/{p.base_id}.glb" for p in pins),
    ]
    (folder / "ATTRIBUTION.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _publish(made: Path, out: Path) -> None:
    """Move what was made to its place beside the downloads; the manifest goes first and comes last, so that it never
    names a file of another making."""
    manifest = out / "manifest.yaml"
    manifest.unlink(missing_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name == manifest.name):
        target = out / path.name
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(path, target)
