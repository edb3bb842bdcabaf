"""The optional pack ``sweethome3d``: models of the Sweet Home 3D catalogues, from Debian's package of them.

What stands for which category is in ``sweethome3d.yaml`` beside this module; ``packing`` completes the rest.
Nothing in the models is changed: the manifest says which axes look up and to the viewer, and how large a model is.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import atomic_folder, first_problem, sha256_of
from spacenum.scenes.assets.manifest import Asset, Axis, Pack, Size3, load_pack
from spacenum.scenes.assets.packing import PackedModel, completion, entry, own_entry, turn, write_manifest, write_sums

PACKAGE = "sweethome3d-furniture"
VERSION = "1.8-1"
SHA256 = "3ccb90c63f9525e887a767b9cd5c8b6933b8b6b2973a615a5359ee68a2118668"
"""The package that ``sweethome3d.yaml`` was made for; with another one, look at all models again."""

SELECTION = Path(__file__).with_suffix(".yaml")
PROPORTION_TOLERANCE = 0.2
_LICENCES = {
    "Scopia": "CC-BY-3.0",
    "Kator Legaz": "CC-BY-3.0-US",
    "Reallusion": "CC-BY-3.0-US",
    "Blend Swap CC-0": "CC0-1.0",
    "Blend Swap CC-BY": "CC-BY-3.0",
}
_LICENCE_URLS = {
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-3.0-US": "https://creativecommons.org/licenses/by/3.0/us/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
_AXES: dict[tuple[int, int], Axis] = {
    (0, 1): "x", (0, -1): "-x", (1, 1): "y", (1, -1): "-y", (2, 1): "z", (2, -1): "-z",
}  # fmt: skip


class ModelChoice(BaseModel):
    """A catalogue model for a category, with what differs from the category's entry in the procedural pack."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    size: tuple[Size3, Size3] | None = None
    front: Axis | None = None
    overrides: dict[str, Any] = {}

    @classmethod
    def read(cls, entry: str | dict[str, Any]) -> ModelChoice:
        """An entry of the selection: a catalogue id, or a mapping that may override keys of the manifest."""
        if isinstance(entry, str):
            return cls(model=entry)
        own = {key: entry[key] for key in ("model", "size", "front") if key in entry}
        return cls(**own, overrides={key: value for key, value in entry.items() if key not in own})


@dataclass(frozen=True)
class SweetHomeSelection:
    """The curated list. stretch: share by which a size may differ from the catalogue's, either way."""

    stretch: float
    models: dict[str, list[ModelChoice]]


def read_selection(path: Path = SELECTION) -> SweetHomeSelection:
    """The curated list; SpaceNumError names the file and the key that is wrong."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        models = {
            category: [ModelChoice.read(entry) for entry in entries] for category, entries in data["models"].items()
        }
    except ValidationError as error:
        raise SpaceNumError(f"{path}: {first_problem(error)}") from None
    return SweetHomeSelection(float(data["stretch"]), models)


@dataclass(frozen=True)
class CatalogueModel:
    """A model as its catalogue describes it.

    size: width, depth, height in metres, as it stands. rotation: [3, 3], turns the file's axes to the catalogue's
    (Y up, front to +Z). member: the OBJ file's path in ``archive``.
    """

    id: str
    name: str
    author: str
    size: Size3
    rotation: NDArray[np.float64]
    archive: Path
    member: str

    @cached_property
    def licence(self) -> str:
        return _LICENCES[self.id.split("#")[0]]

    @cached_property
    def up(self) -> Axis:
        return _axis(self.rotation[1], self.id)

    @cached_property
    def front(self) -> Axis:
        return _axis(self.rotation[2], self.id)


def _axis(direction: NDArray[np.float64], model: str) -> Axis:
    """The axis that a direction lies on; SpaceNumError if it lies on none."""
    along = int(np.argmax(np.abs(direction)))
    if abs(direction[along]) < 0.999:
        raise SpaceNumError(
            f"{SELECTION.name}: '{model}' is turned by an odd angle in its catalogue; choose another model"
        )
    return _AXES[along, int(np.sign(direction[along]))]


def read_catalogue(archive: Path) -> dict[str, CatalogueModel]:
    """All models of a catalogue (.sh3f), by id."""
    with zipfile.ZipFile(archive) as opened:
        text = opened.read("PluginFurnitureCatalog.properties").decode("latin-1")
    entries: dict[str, dict[str, str]] = {}
    for key, number, value in re.findall(r"^(\w+)#(\d+)=(.*?)\s*$", text, re.MULTILINE):
        entries.setdefault(number, {})[key] = value
    return {entry["id"]: _model(entry, archive) for entry in entries.values()}


def _model(entry: dict[str, str], archive: Path) -> CatalogueModel:
    width, depth, height = (round(float(entry[key]) / 100, 6) for key in ("width", "depth", "height"))
    rotation = np.array(entry.get("modelRotation", "1 0 0 0 1 0 0 0 1").split(), float).reshape(3, 3)
    return CatalogueModel(
        id=entry["id"], name=entry["name"], author=entry.get("creator", entry["id"].split("#")[0]),
        size=(width, depth, height), rotation=rotation, archive=archive, member=entry["model"].lstrip("/"),
    )  # fmt: skip


def fetch(out: Path, deb: Path | None = None, selection: Path = SELECTION) -> Pack:
    """Make the pack in the folder ``out``, whole or not at all, and return it.

    deb: the package's file, if it is already here; otherwise ``apt-get`` downloads it. Raises SpaceNumError if a
    program is missing, the package isn't the pinned one, or the selection doesn't fit it.
    """
    with tempfile.TemporaryDirectory(prefix="spacenum-sweethome3d-") as name:
        folder = Path(name)
        deb = deb or _download(folder)
        _check(deb)
        _run("dpkg-deb", "-x", str(deb.resolve()), str(folder / "unpacked"), folder=folder)
        archives = sorted(folder.glob("unpacked/usr/share/sweethome3d/furniture/*.sh3f"))
        with atomic_folder(out) as made:
            make_pack(made, archives, read_selection(selection))
    return load_pack("sweethome3d", out / "manifest.yaml")


def _download(folder: Path) -> Path:
    _run("apt-get", "-q", "download", PACKAGE, folder=folder)
    found = sorted(folder.glob(f"{PACKAGE}_*.deb"))
    if not found:
        raise SpaceNumError(f"apt-get download {PACKAGE} left no file; run 'apt-get update' as root and try again")
    return found[0]


def _check(deb: Path) -> None:
    """SpaceNumError unless ``deb`` is the pinned package, byte for byte."""
    if not deb.is_file():
        raise SpaceNumError(f"{deb}: no such file; it should be {PACKAGE}_{VERSION}_all.deb")
    version = _run("dpkg-deb", "-f", str(deb.resolve()), "Version", folder=deb.parent).strip()
    found = sha256_of(deb)
    if (version, found) != (VERSION, SHA256):
        raise SpaceNumError(
            f"{deb.name}: this is {PACKAGE} {version} with sha256 {found}, but the selection of models was made for "
            f"{VERSION} with sha256 {SHA256}; get that version, or change the pin in {Path(__file__).name} and look at "
            "a contact sheet of all models"
        )


def _run(program: str, *arguments: str, folder: Path) -> str:
    """What a program prints; SpaceNumError if it is missing or fails."""
    if shutil.which(program) is None:
        raise SpaceNumError(
            f"'{program}' isn't installed; the pack sweethome3d is made from a Debian package, so make it on Debian or "
            f"Ubuntu and copy the folder, or choose 'pack: procedural' in the study's config"
        )
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        advice = "check the network and that package lists are up to date ('apt-get update' as root)"
        if program == "dpkg-deb":
            advice = f"the file must be {PACKAGE}_{VERSION}_all.deb, whole; fetch it again"
        raise SpaceNumError(f"'{program} {' '.join(arguments)}' failed and said: {said[-1]}; {advice}")
    return done.stdout


def make_pack(folder: Path, archives: Iterable[Path], selection: SweetHomeSelection) -> None:
    """Fill an empty folder with the selected models, ``manifest.yaml``, ``ATTRIBUTION.txt`` and ``SHA256SUMS``.

    Raises SpaceNumError if a model isn't in the catalogues or its proportions aren't those that the catalogue states.
    """
    catalogue = {key: model for archive in archives for key, model in read_catalogue(archive).items()}
    procedural = load_pack("procedural")
    assets: list[Asset] = []
    models: list[CatalogueModel] = []
    for category, choices in selection.models.items():
        for choice in choices:
            if choice.model not in catalogue:
                raise SpaceNumError(f"{SELECTION.name}: the catalogues have no model '{choice.model}' ({category})")
            models.append(catalogue[choice.model])
            _extract(models[-1], folder)
            assets.append(_asset(models[-1], choice, category, procedural, selection.stretch, folder))
    assets += list(completion(procedural, set(selection.models), folder))
    write_manifest(folder, "sweethome3d", f"{PACKAGE} {VERSION} and {SELECTION.name}", assets)
    _write_attribution(folder, models)
    write_sums(folder)


def _extract(model: CatalogueModel, folder: Path) -> None:
    """Copy a model's folder: OBJ, MTL, textures, and the licence that came with it."""
    inside = PurePosixPath(model.member).parent
    with zipfile.ZipFile(model.archive) as opened:
        for member in opened.infolist():
            path = PurePosixPath(member.filename)
            if member.is_dir() or not path.is_relative_to(inside) or ".." in path.parts:
                continue
            target = folder / "models" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(opened.read(member))


def _asset(
    model: CatalogueModel, choice: ModelChoice, category: str, procedural: Pack, stretch: float, folder: Path
) -> Asset:
    """A model's entry in the manifest; roles are those of our own entry of the category."""
    like = own_entry(procedural, category, SELECTION.name)
    file = f"models/{model.member}"
    front = choice.front or model.front
    _check_proportions(model, front, folder / file)
    found = PackedModel(
        id=re.sub(r"\W+", "_", model.id.replace("CC-", "CC")).lower(), file=file, measured=model.size,
        up=model.up, front=front, licence=model.licence, author=model.author,
        source=f"Debian {PACKAGE} {VERSION}, {model.id}", size=choice.size, overrides=choice.overrides,
    )  # fmt: skip
    return entry(found, like, stretch, folder)


def measure(path: Path, up: Axis, front: Axis) -> NDArray[np.float64]:
    """Width, depth and height of an OBJ file in its own unit, once ``up`` is +Z and ``front`` is -Y.

    Only vertices that belong to a face count.
    """
    vertices: list[list[float]] = []
    used: set[int] = set()
    for line in path.read_text(encoding="latin-1").splitlines():
        kind, _, rest = line.strip().partition(" ")
        if kind == "v":
            vertices.append([float(value) for value in rest.split()[:3]])
        elif kind == "f":
            used.update(int(corner.split("/")[0]) for corner in rest.split())
    rows = [index - 1 if index > 0 else len(vertices) + index for index in used]
    turned = np.array(vertices)[rows] @ turn(up, front).T
    return np.asarray(np.ptp(turned, axis=0))


def _check_proportions(model: CatalogueModel, front: Axis, path: Path) -> None:
    """SpaceNumError if the mesh isn't shaped like the catalogue's size: then the axes must be wrong."""
    ratio = measure(path, model.up, front) / np.array(model.size)
    if ratio.max() > ratio.min() * (1 + PROPORTION_TOLERANCE):
        raise SpaceNumError(
            f"{SELECTION.name}: '{model.id}' measures {(ratio * model.size).round(3).tolist()} in its file, which "
            f"isn't shaped like the {list(model.size)} m of its catalogue; choose another model"
        )


def _write_attribution(folder: Path, models: Iterable[CatalogueModel]) -> None:
    lines = [
        "Models of the Sweet Home 3D catalogues (www.sweethome3d.com), compiled by Emmanuel Puybaret / eTeks.",
        (
            f"Taken unchanged from Debian's package {PACKAGE} {VERSION}; "
            "SpaceNum turns and scales them and simplifies their"
        ),
        "materials when it builds a scene. Where a model came with a licence file, it is kept in the model's folder.",
        "Files ending in .py belong to SpaceNum (MIT).",
        "",
        *(f"{licence}: {url}" for licence, url in _LICENCE_URLS.items()),
        "",
        *(f"{m.name} | {m.author} | {m.licence} | {m.id} | models/{m.member}" for m in models),
    ]
    (folder / "ATTRIBUTION.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
