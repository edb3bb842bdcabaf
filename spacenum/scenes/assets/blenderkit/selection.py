"""The curated list of BlenderKit models, ``blenderkit.yaml``: criteria for each category,
and the models pinned so far."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError

from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem, write_text
from spacenum.scenes.assets.manifest import Axis, Size3

SELECTION = Path(__file__).parent.with_suffix(".yaml")
Resolution = Literal["resolution_0_5K", "resolution_1K", "resolution_2K", "resolution_4K", "resolution_8K", "blend"]
"""The service's names; ``blend`` is the file as its author uploaded it."""
TEXTURE_PIXELS: dict[Resolution, int] = {
    "resolution_0_5K": 512,
    "resolution_1K": 1024,
    "resolution_2K": 2048,
    "resolution_4K": 4096,
    "resolution_8K": 8192,
}
"""Sides of the largest textures in a file."""
BaseId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Licence = Literal["cc_zero", "royalty_free"]


class Pin(Block):
    """One model, exactly: this version of this asset, with textures of this resolution, these bytes.

    front: the axis of the file that looks to the viewer (its up is Z). seen: whether a person has looked at the model
    and its front. size: smallest and largest (width, depth, height) in metres, if not what the category says.
    overrides: keys of the manifest that differ from our own entry of the category.
    """

    base_id: BaseId
    version: int = Field(ge=1)
    resolution: Resolution
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str
    author: str
    licence: Licence
    front: Axis = "-y"
    seen: bool = False
    size: tuple[Size3, Size3] | None = None
    overrides: dict[str, Any] = Field(default_factory=dict)

    @property
    def file_name(self) -> str:
        """The download's name in the cache: another pin is another file."""
        return f"{self.base_id}_v{self.version}_{self.resolution}.blend"

    @property
    def asset_id(self) -> str:
        """Its id in the manifest, of letters, digits and underscores: all that engines allow in names."""
        return f"blenderkit_{self.base_id.replace('-', '_')}"

    @property
    def title(self) -> str:
        return f"'{self.name}' ({self.base_id}, version {self.version}, {self.resolution})"


class Criteria(Block):
    """What any model must fulfil to be pinned. max_faces: as its author counted them.

    resolution: of the file to take; a model that lacks it is pinned with the nearest that it has, or as uploaded.
    """

    licences: tuple[Licence, ...] = Field(min_length=1)
    free: bool
    max_faces: int = Field(ge=1)
    resolution: Resolution


class Category(Block):
    """What to search for. A fitting name holds the query's last word, and none of those under ``unlike``.

    rejected: models that somebody looked at and found wanting. any_size: its things come in any size, so models are
    stretched over the whole range of our own entry. models: pins, and a place for each one still to be found.
    """

    query: str
    unlike: tuple[str, ...] = ()
    rejected: tuple[BaseId, ...] = ()
    any_size: bool = False
    models: tuple[Annotated[Pin | Literal["to-be-pinned"], Field(union_mode="left_to_right")], ...] = Field(
        min_length=1
    )

    @property
    def pins(self) -> list[Pin]:
        return [model for model in self.models if isinstance(model, Pin)]

    @property
    def missing(self) -> int:
        """How many models are still to be pinned."""
        return len(self.models) - len(self.pins)

    def with_pin(self, pin: Pin) -> Category:
        """The same with ``pin`` in the first free place."""
        models = list(self.models)
        models[next(place for place, model in enumerate(models) if not isinstance(model, Pin))] = pin
        return self.model_copy(update={"models": tuple(models)})


class BlenderKitSelection(Block):
    """The list. stretch: share by which a size may differ from the measured one, either way."""

    stretch: float = Field(ge=0, lt=1)
    criteria: Criteria
    categories: dict[str, Category]

    def pins(self) -> Iterator[tuple[str, Pin]]:
        """(category, pin) for every model that is pinned."""
        for name, category in self.categories.items():
            for pin in category.pins:
                yield name, pin

    def with_pin(self, category: str, pin: Pin) -> BlenderKitSelection:
        """The same with ``pin`` in the first free place of ``category``."""
        changed = {**self.categories, category: self.categories[category].with_pin(pin)}
        return self.model_copy(update={"categories": changed})


def read_selection(path: Path = SELECTION) -> BlenderKitSelection:
    """The curated list; SpaceNumError names the file and the key that is wrong, or the model that is named twice."""
    try:
        selection = BlenderKitSelection.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such list of models") from None
    except yaml.YAMLError as error:
        raise SpaceNumError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise SpaceNumError(f"{path}: {first_problem(error)}") from None
    seen: set[str] = set()
    for category, pin in selection.pins():
        if pin.base_id in seen:
            raise SpaceNumError(f"{path}: {pin.base_id} is pinned twice, the second time for '{category}'; drop one")
        seen.add(pin.base_id)
    return selection


def write_selection(selection: BlenderKitSelection, path: Path) -> None:
    """Write the list where it was read, atomically; the comment at its head stays."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    head = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    body = selection.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(body, sort_keys=False, default_flow_style=None, width=120, allow_unicode=True)
    write_text(path, "".join(lines[:head]) + text)
