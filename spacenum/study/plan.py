"""The plan of a study: its models, its scenes, and who answers what. No jobs and no paths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from spacenum.asking.modes import Mode
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, stable_hash
from spacenum.items.schema import SETTINGS, Cell, Setting, cells_of
from spacenum.items.settings import cell_size
from spacenum.scenes.assets.manifest import Pack, load_pack, pack_manifest
from spacenum.scenes.requests import layout_requests, room_requests
from spacenum.scenes.settings import SceneRequest
from spacenum.scenes.spec import Split
from spacenum.study.config import StudyConfig, load_model
from spacenum.study.tuned import Tuned, all_tuned, base_names
from spacenum.variants.base import Variant
from spacenum.variants.catalogue import variant

SPLITS: tuple[Split, ...] = ("benchmark", "train")
MODELS = PROJECT / "config" / "models"


class Plan:
    """A checked config, and what follows from it before any job.

    models: those that the config lists, by name. bases: what tuned models start from. tuned: these, and
    ``tuned_models`` their files. variants: those that the config lists, by name. folder: of the models' files.
    """

    def __init__(self, config: StudyConfig, folder: Path = MODELS) -> None:
        self.config, self.folder = config, folder
        self.models: dict[str, ModelConfig] = {name: load_model(name, folder) for name in config.models}
        self.bases: dict[str, ModelConfig] = {
            name: self.models.get(name) or load_model(name, folder, key) for name, key in base_names(config)
        }
        self.tuned: dict[str, Tuned] = all_tuned(config)
        self.tuned_models = {
            name: tuned.model(self.bases[tuned.base], config.tuning.sft) for name, tuned in self.tuned.items()
        }
        self.variants: dict[str, Variant] = {name: variant(name) for name in config.variants}

    @property
    def paired_variants(self) -> list[str]:
        """Variants whose results pair with the base's."""
        return [name for name, kind in self.variants.items() if kind.pairs_with_base]

    @property
    def mode(self) -> str:
        """The first of the modes, which the main table and all experiments are in."""
        return self.config.modes[0]

    @property
    def modes(self) -> list[str]:
        return [*self.config.modes]

    @cached_property
    def askable(self) -> dict[str, ModelConfig]:
        """Every model that some job asks, by name."""
        return self.models | self.bases | self.tuned_models

    def models_for(self, setting: Setting, mode: str) -> list[str]:
        """Models of the config that answer a setting in a mode."""
        known = Mode.of(mode)
        return [n for n, config in self.models.items() if setting in config.settings and config.answers_in(known)]

    def asked_variant(self, variant: str, setting: Setting) -> list[str]:
        """Models that are asked a variant of a setting's items, in the first mode."""
        return [name for name in self.models_for(setting, self.mode) if self.models[name].takes_variant(variant)]

    def questions(self, model: str, mode: str, setting: Setting) -> int:
        """How many questions a model is asked about a setting's items in a mode."""
        return sum(size * passes for _, size, passes in self._asked(model, mode, setting))

    def batches(self, model: str, mode: str, setting: Setting, families: int) -> int:
        """How many batches these are, of so many families; a family has an item for each of its options."""
        asked = self._asked(model, mode, setting)
        return sum(-(-size // (cell.options * families)) * passes for cell, size, passes in asked)

    def _asked(self, model: str, mode: str, setting: Setting) -> Iterator[tuple[Cell, int, int]]:
        """Cells that a model is asked in a mode, with their items, and how often each of these is asked."""
        known, repeats = Mode.of(mode), self.repeats(model, mode)
        for cell in map(Cell.of, cells_of(setting)):
            if cell.task in known.tasks:
                turns = cell.options if known.rotations else 1
                yield cell, cell_size(cell.name, self.config.items.benchmark), turns * repeats

    def repeats(self, model: str, mode: str) -> int:
        """How often a model is asked each item in a mode."""
        known = Mode.of(mode)
        if not known.repeated or not self.askable[model].is_vlm:
            return 1
        return self.config.reasoning_repeats if known.format == "reasoning" else self.config.repeats

    # ---- scenes

    @cached_property
    def pack(self) -> Pack:
        """The pack's manifest; the one that is fetched must have been fetched."""
        return load_pack(self.config.pack, pack_manifest(self.config.pack))

    @cache  # noqa: B019 - a plan lives as long as its process
    def scenes(self, setting: Setting, split: Split) -> list[SceneRequest]:
        """All scenes of a split, in the order of their numbers; none where the items come from a release."""
        if self.config.released:
            return []
        if setting == "transition":
            rooms = self.config.scenes.transition
            return room_requests(split, getattr(rooms, split), self.config.seed, rooms.seeds)
        layouts = self.config.scenes.layout
        return layout_requests(split, getattr(layouts, split), self.config.seed, layouts.seeds)

    def shard_of(self, setting: Setting, scene: SceneRequest) -> str:
        """A scene's shard: a stable hash of its id, so that another scene moves none."""
        shards = getattr(self.config.scenes, setting).shards
        return f"{scene.split}-{stable_hash(scene.id) % shards:03d}"

    @cache  # noqa: B019
    def _by_shard(self, setting: Setting, split: Split) -> dict[str, list[SceneRequest]]:
        found: dict[str, list[SceneRequest]] = {}
        for scene in self.scenes(setting, split):
            found.setdefault(self.shard_of(setting, scene), []).append(scene)
        return dict(sorted(found.items()))

    def shards(self, setting: Setting, split: Split) -> list[str]:
        """The split's shards that hold a scene."""
        return [*self._by_shard(setting, split)]

    def in_shard(self, setting: Setting, shard: str) -> list[SceneRequest]:
        """The scenes of a shard, in the order of their numbers."""
        for split in SPLITS:
            if found := self._by_shard(setting, split).get(shard):
                return found
        known = [name for split in SPLITS for name in self.shards(setting, split)]
        raise SpaceNumError(
            f"no scene of setting {setting} is in shard '{shard}'; shards with scenes are {', '.join(known) or 'none'}"
        )

    def all_shards(self) -> list[tuple[Setting, Split, str]]:
        """(setting, split, shard) of every shard."""
        return [
            (setting, split, shard) for setting in SETTINGS for split in SPLITS for shard in self.shards(setting, split)
        ]


def environment(name: str) -> str:
    """The file of ``envs`` for a backend's or a simulator's jobs: its own, or the one of everything else."""
    return name if (PROJECT / "envs" / f"{name}.yaml").is_file() else "spacenum"
