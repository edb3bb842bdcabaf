"""Asset packs behind one manifest format: what can stand in a scene, how large it may be and where it belongs."""

from __future__ import annotations

import importlib.resources
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT

FETCHED = "data/packs/{pack}/manifest.yaml"
"""Where a fetched pack's manifest lies, in a study's folder; its files lie beside it."""
Axis = Literal["x", "-x", "y", "-y", "z", "-z"]
Size3 = tuple[float, float, float]


class Asset(BaseModel):
    """One entry of a pack's manifest.

    size: smallest and largest (width, depth, height) in metres once ``up`` is +Z and ``front`` is -Y; a model of a
    fixed size has both equal. file: relative to the manifest; a ``.py`` file is a generator (see ``procedural/``),
    anything else a mesh. sha256 of the file: required of packs that are fetched, so that a changed file is noticed.
    measured: (width, depth, height) in metres of a model as it came, before a scene stretches it. download_sha256: of
    the file that it was made from, if the pack doesn't keep it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    category: str = Field(description="the word a person would use; prompts use it")
    file: str
    size: tuple[Size3, Size3]
    stands: Literal["floor", "surface", "wall", "ceiling"]
    against_wall: bool = False
    surface: bool = False
    faces: bool = Field(False, description="known by its front, so layouts show that side")
    round: bool = Field(False, description="width and depth are equal")
    layout: dict[Literal["desk", "room"], list[Literal["anchor", "target", "other", "support"]]] = {}
    up: Axis = "z"
    front: Axis = "-y"
    licence: str = ""
    author: str = ""
    source: str = ""
    sha256: str | None = None
    measured: Size3 | None = None
    download_sha256: str | None = None

    @model_validator(mode="after")
    def _sizes_in_order(self) -> Asset:
        if any(low <= 0 or low > high for low, high in zip(*self.size, strict=True)):
            raise ValueError(f"size of asset '{self.id}': each smallest value must be above 0 and at most the largest")
        return self


class Pack(BaseModel):
    """A manifest: defaults for all of its assets, then the assets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: str
    up: Axis = "z"
    front: Axis = "-y"
    licence: str
    author: str
    assets: tuple[Asset, ...]
    folder: Path = Path()

    @model_validator(mode="before")
    @classmethod
    def _defaults_reach_the_assets(cls, data: dict) -> dict:
        common = {key: data[key] for key in ("up", "front", "licence", "author") if key in data}
        return {**data, "assets": [{**common, **asset} for asset in data.get("assets", [])]}

    @property
    def files(self) -> list[Path]:
        """The manifest and all files that it names."""
        return [self.folder / "manifest.yaml", *(self.folder / asset.file for asset in self.assets)]

    def asset(self, asset_id: str) -> Asset:
        for asset in self.assets:
            if asset.id == asset_id:
                if not (self.folder / asset.file).is_file():
                    raise SpaceNumError(
                        f"{self.folder / asset.file}: missing, though the manifest of the asset pack '{self.pack}' "
                        f"names it for '{asset_id}'; restore the file or drop the entry"
                    )
                return asset
        raise SpaceNumError(
            f"asset pack '{self.pack}' has no asset '{asset_id}'; its manifest lists {len(self.assets)} others"
        )

    def of_category(self, category: str) -> list[Asset]:
        """All assets of a category, in the manifest's order; an empty list if the pack has none."""
        return [asset for asset in self.assets if asset.category == category]

    def with_role(self, scale: Literal["desk", "room"], role: str) -> list[Asset]:
        """All assets that may take ``role`` in layouts of ``scale``."""
        return [asset for asset in self.assets if role in asset.layout.get(scale, [])]


@cache
def load_pack(name: str, manifest: Path | None = None) -> Pack:
    """Read a pack's manifest: ``procedural`` comes with the package, others name the file that their rule wrote.

    Raises SpaceNumError that names the file and the key if the manifest is missing or malformed.
    """
    path = manifest or Path(str(importlib.resources.files(__package__))) / name / "manifest.yaml"
    try:
        pack = Pack.model_validate(yaml.safe_load(path.read_text())).model_copy(update={"folder": path.parent})
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such manifest for the asset pack '{name}'") from None
    except (yaml.YAMLError, ValidationError) as error:
        raise SpaceNumError(f"{path}: not a valid asset manifest: {error}") from None
    return pack


def packs() -> list[str]:
    """Names of all packs: the one that comes with the project, and those that are fetched, each by a script of its own
    from the list that lies here."""
    lists = sorted(Path(__file__).parent.glob("*.yaml"))
    fetched = [path.stem for path in lists if (PROJECT / "scripts" / f"fetch_{path.stem}.py").is_file()]
    return ["procedural", *fetched]


def pack_manifest(pack: str) -> Path | None:
    """Where a fetched pack's manifest lies, relative to the study; None for the pack that comes with the project."""
    return None if pack == "procedural" else Path(FETCHED.format(pack=pack))


def manifest_inputs(pack: str) -> list[Path]:
    """The manifest as a job's input: one file if the pack is fetched, none if it comes with the project."""
    manifest = pack_manifest(pack)
    return [manifest] if manifest else []
