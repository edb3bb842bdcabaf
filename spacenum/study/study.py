"""A study as jobs: which outputs it has, and for each the parameters and the code that determine it.

The Snakefile and ``spacenum verify`` both ask here, so that they can't disagree.
"""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from spacenum.asking.modes import Mode
from spacenum.asking.questions import template_files as question_templates
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job, backend_files, backends, code_of, simulator_files
from spacenum.core.provenance import PROJECT, stable_hash
from spacenum.core.resources import Needs
from spacenum.frames.plan import sweeps_of_scene
from spacenum.frames.settings import FramesParams
from spacenum.gallery.settings import GalleryParams
from spacenum.items.prompts import template_files
from spacenum.items.schema import CELLS, SCALES, SETTINGS, Cell, Setting
from spacenum.items.settings import ChecksParams, ItemsParams, SplitItems, cell_size
from spacenum.scenes.assets.manifest import Pack, load_pack, pack_manifest
from spacenum.scenes.categories import ROOM_CATEGORIES
from spacenum.scenes.settings import MOST_SCENES, SceneRequest, ScenesParams
from spacenum.scenes.spec import RoomKind, Split, Variation
from spacenum.scoring.settings import ScoresParams
from spacenum.simulators.settings import NEEDS, SCENE_SOURCES, SHOWS_PACKS, ContactSheetParams
from spacenum.study.config import StudyConfig, load_model
from spacenum.study.experiments import Experiments
from spacenum.study.external import External
from spacenum.study.figures import Figures
from spacenum.study.pretraining import Trainings
from spacenum.study.traces import Traces
from spacenum.study.tuning import Tuning
from spacenum.tables.settings import CoverageParams, PlannedCandidates, StatisticsParams, TablesParams
from spacenum.variants.catalogue import variant_file

ROOM_KINDS: tuple[RoomKind, ...] = ("kitchen", "living_room", "bedroom", "bathroom")
VARIATIONS: tuple[Variation, ...] = ("position", "size", "both")
SPLITS: tuple[Split, ...] = ("benchmark", "train")
MODELS = PROJECT / "config" / "models"
TABLES = ("cells", "averages", "proximity", "coupling", "comparisons")


class Study:
    """A checked config and the jobs that follow from it."""

    def __init__(self, config: StudyConfig, models: Path = MODELS) -> None:
        self.config = config
        self.models: dict[str, ModelConfig] = {name: load_model(name, models) for name in config.models}
        self.experiments = Experiments(self)
        self.external = External(self)
        self.figures = Figures(self)
        self.traces = Traces(self, models)
        self.tuning = Tuning(self, models)
        self.pretraining = Trainings(self)
        self.askable = self.models | self.tuning.bases | self.tuning.models
        self._check_scene_ids()
        self._check_backends()
        self._check_enough_scenes()
        self._check_sizes()
        for asset in load_pack("procedural").assets:
            load_pack("procedural").asset(asset.id)  # its file must be there: the code of frames is hashed from it

    @cached_property
    def pack(self) -> Pack:
        """The pack's manifest; the one that is fetched must have been fetched."""
        return load_pack(self.config.pack, pack_manifest(self.config.pack))

    def pack_code(self, pack: str, *programs: str) -> str:
        """Hash of what makes a fetched pack: the code, the curated selection, and modules that it runs by name."""
        modules = [PROJECT.joinpath(*program.split(".")).with_suffix(".py") for program in programs]
        return code_of(f"fetch_{pack}.py", PROJECT / "spacenum" / "scenes" / "assets" / f"{pack}.yaml", *modules)

    def pack_files(self) -> list[str]:
        """What must be fetched before scenes of this study can be drawn: nothing for the pack of this project."""
        manifest = pack_manifest(self.config.pack)
        return [str(manifest)] if manifest else []

    # ---- scenes

    def scenes(self, setting: Setting, split: Split) -> list[SceneRequest]:
        """All scenes of a split, in the order of their numbers."""
        block = getattr(self.config.scenes, setting)
        kinds = ROOM_KINDS if setting == "transition" else SCALES
        counts = getattr(block, split)
        requests = [
            self._request(setting, split, kind, k, k * len(kinds) + place)
            for place, kind in enumerate(kinds)
            for k in range(getattr(counts, kind))
        ]
        return sorted(requests, key=lambda request: request.number)

    def _request(self, setting: Setting, split: Split, kind: Any, k: int, number: int) -> SceneRequest:
        name = f"{split}-{kind}-{k:03d}"
        seeds = getattr(self.config.scenes, setting).seeds
        own = stable_hash(f"{self.config.seed}/{setting}/{name}") % 2**31
        variation = VARIATIONS[k % 3] if setting == "layout" else None
        return SceneRequest(
            id=name, split=split, kind=kind, variation=variation, seed=seeds.get(name, own), number=number
        )

    def _check_scene_ids(self) -> None:
        for setting in SETTINGS:
            known = {scene.id for split in SPLITS for scene in self.scenes(setting, split)}
            unknown = sorted(set(getattr(self.config.scenes, setting).seeds) - known)
            if unknown:
                raise SpaceNumError(
                    f"config key 'scenes.{setting}.seeds' names '{unknown[0]}', which is no scene of this study; "
                    f"ids look like '{min(known, default='benchmark-kitchen-000')}'"
                )

    def _check_backends(self) -> None:
        judges = {str(self.config.traces.judge): judge for judge in [self.traces.judge] if judge}
        for name, config in (self.models | judges).items():
            if not backend_files(config.backend):
                raise SpaceNumError(
                    f"config/models/{name}.yaml, key 'backend': there is no '{config.backend}'; there are {', '.join(backends())}"
                )

    def _check_enough_scenes(self) -> None:
        """Whether the source of a setting's scenes has as many as are asked for."""
        for setting in SETTINGS:
            engine = self.config.simulators[setting]
            most = MOST_SCENES.get(SCENE_SOURCES[engine][setting])
            kinds = Counter(scene.kind for split in SPLITS for scene in self.scenes(setting, split))
            for kind, count in kinds.items():
                if most is not None and count > most:
                    raise SpaceNumError(
                        f"config keys 'scenes.{setting}.benchmark.{kind}' and 'scenes.{setting}.train.{kind}' ask for {count} "
                        f"scenes together; {engine} has {most} of each kind, and none may be in both splits"
                    )

    def _check_sizes(self) -> None:
        """Whether the scenes can fill the cells, and whole families do: before anything is rendered."""
        for split in SPLITS:
            sizes = getattr(self.config.items, split)
            for name in CELLS:
                cell = Cell.of(name)
                setting, group = cell.setting, cell.group
                size, options = cell_size(name, sizes), 2 if group == "1d" else 4
                scenes = [s for s in self.scenes(setting, split)
                          if not cell.scale or s.kind == cell.scale]  # fmt: skip
                per_scene = self.config.scenes.transition.families_per_scene if setting == "transition" else 1
                most = len(scenes) * per_scene * 4
                key = f"items.{split}.{'transition' if setting == 'transition' else f'layout_{group}'}.{cell.scale or group}"
                if size > most:
                    raise SpaceNumError(
                        f"config key '{key}' asks for {size} items, but the scenes of 'scenes.{setting}.{split}' give "
                        f"{most} at most; lower the one or raise the other"
                    )
                if split == "benchmark" and size % options:
                    raise SpaceNumError(
                        f"config key '{key}' is {size}, no multiple of the {options} items of a family, which would "
                        f"unbalance the answer key; {size - size % options} or {size + options - size % options} would do"
                    )

    def shard_of(self, setting: Setting, scene: SceneRequest) -> str:
        """A scene's shard: a stable hash of its id, so that another scene moves none."""
        shards = getattr(self.config.scenes, setting).shards
        return f"{scene.split}-{stable_hash(scene.id) % shards:03d}"

    def shards(self, setting: Setting, split: Split) -> list[str]:
        """The split's shards that hold a scene."""
        return sorted({self.shard_of(setting, scene) for scene in self.scenes(setting, split)})

    def in_shard(self, setting: Setting, shard: str) -> list[SceneRequest]:
        split: Split = "benchmark" if shard.startswith("benchmark") else "train"
        return [scene for scene in self.scenes(setting, split) if self.shard_of(setting, scene) == shard]

    def check_engines(self, settings: Iterable[Setting]) -> None:
        """SpaceNumError says what this machine lacks to show ``settings``, before anything is made."""
        for setting in sorted(set(settings)):
            name = self.config.simulators[setting]
            engine = importlib.import_module(f"spacenum.simulators.{name}")
            try:
                engine.check(getattr(self.config, name).model_dump(mode="json"))
            except SpaceNumError as error:
                raise SpaceNumError(f"config key 'simulators.{setting}' is '{name}': {error}") from None

    def check_given(self, folder: Path) -> None:
        """SpaceNumError names a file that the config takes as given and that isn't there. folder: the study's."""
        given = {
            f"data/items/benchmark/{name}/external.jsonl": f"config key 'imported' names '{name}'; import it with 'spacenum items import'"
            for name in self.config.imported
        }
        for entry in self.config.external:
            if entry.path:
                given[entry.path] = f"config key 'external' names it for {entry.benchmark} (docs/external.md)"
        made = {config.adapter for config in self.tuning.models.values()}
        for name, config in self.models.items():
            if config.adapter not in (None, *made):
                for file in config.adapter_files():
                    given[str(file)] = f"config/models/{name}.yaml, key 'adapter', takes it to be there"
        for path, why in given.items():
            if not (folder / path).exists():
                raise SpaceNumError(f"there is no {folder / path}: {why}")

    def frames_needs(self, setting: Setting) -> Needs:
        """What one job of a setting's engine takes of the machine."""
        name = self.config.simulators[setting]
        device = getattr(getattr(self.config, name), "device", "cpu")
        return NEEDS[name] if device == "cpu" else replace(NEEDS[name], gpus=1)

    def answers_needs(self, model: str) -> Needs:
        """What one job of a model takes of the machine; no GPU where SPACENUM_DEVICE is cpu."""
        needs = self.askable[model].needs()
        return replace(needs, gpus=0) if os.environ.get("SPACENUM_DEVICE") == "cpu" else needs

    def takes_gpus(self) -> bool:
        """Whether some job of this study takes a GPU."""
        needs = [*map(self.frames_needs, SETTINGS), *map(self.answers_needs, self.askable)]
        needs += map(self.pretraining.needs, self.pretraining.all)
        return any(one.gpus for one in needs)

    # ---- jobs

    def scenes_job(self, setting: Setting, shard: str) -> Job:
        source = SCENE_SOURCES[self.config.simulators[setting]][setting]
        params = ScenesParams(
            source=source,
            pack=self.config.pack,
            vertical_fov=self.config.camera["layout"].vertical_fov if setting == "layout" else 0,
            scenes=self.in_shard(setting, shard),
        )
        extra = [PROJECT / "spacenum" / "scenes" / f"{source}.py"]
        return Job("scenes", params, code_of("build_scenes.py", *extra, *self._manifest_files()))

    def frames_job(self, setting: Setting, shard: str) -> Job:
        config, simulator = self.config, self.config.simulators[setting]
        sweeps = {}
        if setting == "transition":
            per_scene = config.scenes.transition.families_per_scene
            sweeps = {s.id: sweeps_of_scene(s.number, per_scene, config.seed) for s in self.in_shard(setting, shard)}
        params = FramesParams(
            setting=setting,
            simulator=simulator,
            pack=config.pack,
            camera=config.camera[setting],
            settings=getattr(config, simulator).model_dump(mode="json"),
            controls=config.controls,
            attempts=config.scenes.transition.start_attempts if setting == "transition" else 0,
            sweeps=sweeps,
            seed=config.seed if setting == "transition" else 0,
        )
        return Job("frames", params, self.engine_code("render_frames.py", setting))

    def engine_code(self, script: str, setting: Setting, *extra: Path) -> str:
        """Hash of a script that runs a setting's engine: with the engine, and what it shows of this project."""
        engine = self.config.simulators[setting]
        shown = [*self._asset_files(setting), *self._manifest_files()] if engine in SHOWS_PACKS else []
        return code_of(script, *simulator_files(engine), *shown, *extra)

    def _manifest_files(self) -> list[Path]:
        """The pack's manifest, if it is part of this project."""
        return [self.pack.folder / "manifest.yaml"] if pack_manifest(self.config.pack) is None else []

    def _asset_files(self, setting: Setting) -> list[Path]:
        """Generators of the assets that scenes of a setting may hold."""
        pack = load_pack("procedural")
        if setting == "transition":
            wanted = [asset for asset in pack.assets if asset.category in ROOM_CATEGORIES]
        else:
            wanted = [asset for asset in pack.assets if asset.layout]
        return [pack.folder / asset.file for asset in wanted]

    def items_job(self, setting: Setting, split: Split) -> Job:
        sizes: SplitItems = getattr(self.config.items, split)
        params = ItemsParams(setting=setting, split=split, sizes=_of_setting(sizes, setting), seed=self.config.seed)
        return Job("items", params, code_of("build_items.py", *template_files(setting)))

    def checks_job(self, setting: Setting, split: Split, name: str = "base") -> Job:
        params = ChecksParams(
            setting=setting,
            split=split,
            controls=self.config.controls,
            uneven_magnitudes=self.config.items.uneven_magnitudes if setting == "transition" else "fail",
            variant=name,
        )
        return Job("checks", params, code_of("check_items.py", *([variant_file(name)] if name != "base" else [])))

    def answers_environment(self, model: str) -> str:
        """The file of ``envs`` for a model's jobs: its backend's, or the one of everything else."""
        return self.environment(self.askable[model].backend)

    def environment(self, name: str) -> str:
        """A backend's file of ``envs``, or the one of everything else."""
        return name if (PROJECT / "envs" / f"{name}.yaml").is_file() else "spacenum"

    def answers_job(self, model: str, mode: str) -> Job:
        config, known = self.askable[model], Mode.of(mode)
        repeats = self.config.repeats if known.repeated and config.is_vlm else 1
        params = AnswersParams(
            model=model, config=config.asked(), mode=known.name, seed=self.config.seed, repeats=repeats
        )
        return Job("answers", params, code_of("answer_items.py", *backend_files(config.backend), *question_templates()))

    def scores_job(self, mode: str) -> Job:
        return Job("scores", ScoresParams(open=Mode.of(mode).format == "open"), code_of("score_answers.py"))

    def tables_params(self, mode: str) -> TablesParams:
        """What the tables of a mode are told."""
        return TablesParams(
            models=[config.info(name) for name, config in self.models.items() if config.answers_in(Mode.of(mode))],
            mode=mode,
            simulators=self.config.simulators,
            seed=self.config.seed,
        )

    def main_table_job(self, mode: str) -> Job:
        published = sorted((PROJECT / "published").glob("*.csv"))
        return Job("main_table", self.tables_params(mode), code_of("make_main_table.py", *published))

    def table_job(self, mode: str) -> Job:
        return Job("table", self.tables_params(mode), code_of("make_table.py"))

    def statistics_job(self) -> Job:
        return Job("statistics", StatisticsParams(items=self.config.items), code_of("make_statistics.py"))

    def coverage_job(self, split: Split) -> Job:
        planned = [*self._planned_transitions(split), *self._planned_layouts(split)]
        params = CoverageParams(split=split, planned=planned)
        return Job("coverage", params, code_of("make_coverage.py"))

    def _planned_transitions(self, split: Split) -> Iterator[PlannedCandidates]:
        """For each magnitude, how many families of a split it is planned for."""
        per_scene = self.config.scenes.transition.families_per_scene
        planned = Counter(
            (sweep.group, sweep.direction, magnitude)
            for scene in self.scenes("transition", split)
            for sweep in sweeps_of_scene(scene.number, per_scene, self.config.seed)
            for magnitude in sweep.magnitudes
        )
        for (group, direction, magnitude), count in sorted(planned.items()):
            yield PlannedCandidates(
                setting="transition", group=group, direction=direction, magnitude=magnitude, planned=count
            )

    def _planned_layouts(self, split: Split) -> Iterator[PlannedCandidates]:
        planned = Counter((scene.kind, scene.variation) for scene in self.scenes("layout", split))
        for (scale, variation), count in sorted(planned.items()):
            yield PlannedCandidates(
                setting="layout", group=scale, direction=str(variation), magnitude=None, planned=count
            )

    def contact_sheet_job(self, sheet: str) -> Job:
        pack = load_pack("procedural")
        extra = (
            [*simulator_files("blender"), *pack.files]
            if self.config.pack == "procedural"
            else simulator_files("blender")
        )
        return Job(
            "contact_sheet", ContactSheetParams(pack=self.config.pack), code_of("render_contact_sheet.py", *extra)
        )

    def gallery_job(self, with_variants: bool = False) -> Job:
        shown = self.experiments.variants if with_variants else {}
        params = GalleryParams(
            models=[config.info(name) for name, config in self.models.items()],
            study=self.config.study,
            simulators=self.config.simulators,
            variants={name: kind.changes for name, kind in shown.items()},
        )
        templates = sorted((PROJECT / "spacenum" / "gallery" / "templates").iterdir())
        return Job("gallery", params, code_of("build_gallery.py", *templates))

    # ---- what there is to verify

    def models_for(self, setting: Setting, mode: str) -> list[str]:
        """Models that can answer a setting in a mode."""
        known = Mode.of(mode)
        return [n for n, config in self.models.items() if setting in config.settings and config.answers_in(known)]

    def mode_tables(self) -> list[tuple[str, str]]:
        """(mode, table) of the tables beside those of the first mode: each mode has its own, none mixes two."""
        found: list[tuple[str, str]] = []
        for mode in map(Mode.of, self.config.modes):
            if mode.format == "open":
                found.append((mode.name, "open"))
            elif mode.name != self.config.modes[0]:
                found += [(mode.name, table) for table in ("main_table", *TABLES)]
            if mode.rotations:
                found.append((mode.name, "positions"))
        return found

    def table_names(self) -> list[str]:
        """Names of all tables in ``results/tables``."""
        compared = [*self.experiments.tables(), *self.external.tables, *self.traces.tables(), *self.tuning.tables()]
        compared += self.pretraining.tables()
        return [*TABLES, "statistics", "coverage", *compared]

    def outputs(self) -> Iterator[tuple[Path, Job]]:
        """Each output that carries a meta file, with the job that makes it."""
        for setting in SETTINGS:
            for split in SPLITS:
                for shard in self.shards(setting, split):
                    yield Path(f"data/scenes/{setting}/{shard}.jsonl"), self.scenes_job(setting, shard)
                    yield Path(f"data/frames/{setting}/base/{shard}/frames.jsonl"), self.frames_job(setting, shard)
                yield Path(f"data/items/{split}/base/{setting}.jsonl"), self.items_job(setting, split)
                yield Path(f"data/items/{split}/base/{setting}.checks.json"), self.checks_job(setting, split)
            for mode in self.config.modes:
                for model in self.models_for(setting, mode):
                    where = f"{model}/{mode}/base/{setting}"
                    yield Path(f"results/answers/{where}.jsonl"), self.answers_job(model, mode)
                    yield Path(f"results/scores/{where}.csv"), self.scores_job(mode)
        yield from self.experiments.outputs()
        yield from self.traces.outputs()
        yield from self.external.outputs()
        yield from self.tuning.outputs()
        yield from self.pretraining.outputs()
        first = self.config.modes[0]
        yield Path("results/main_table.csv"), self.main_table_job(first)
        yield Path("results/published/main_table.csv"), self.main_table_job(first)
        for name in TABLES:
            yield Path(f"results/tables/{name}.csv"), self.table_job(first)
        for table_mode, name in self.mode_tables():
            job = self.main_table_job(table_mode) if name == "main_table" else self.table_job(table_mode)
            yield Path(f"results/modes/{table_mode}/{name}.csv"), job
        yield Path("results/tables/statistics.csv"), self.statistics_job()
        yield Path("results/tables/coverage.csv"), self.coverage_job("benchmark")
        yield Path("results/tables/train_coverage.csv"), self.coverage_job("train")
        yield from self.figures.outputs()
        for sheet in ("objects", "rooms"):
            yield Path(f"results/contact_sheets/{sheet}.png"), self.contact_sheet_job(sheet)
        yield Path("results/gallery/index.html"), self.gallery_job()


def _of_setting(sizes: SplitItems, setting: Setting) -> SplitItems:
    """Only the sizes of one setting's cells, so that the other's don't rerun it."""
    names = [name for name in SplitItems.model_fields if name.startswith(setting)]
    return SplitItems(**{name: getattr(sizes, name) for name in names})
