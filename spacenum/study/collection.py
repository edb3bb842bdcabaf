"""Scenes, frames, items and their checks, as jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from spacenum.core.jobs import CodeHash, Job, code_of
from spacenum.core.provenance import PROJECT
from spacenum.core.resources import Needs
from spacenum.frames.settings import FramesParams
from spacenum.items.prompts import template_files
from spacenum.items.schema import SETTINGS, Setting
from spacenum.items.settings import ChecksParams, ItemsParams, SplitItems
from spacenum.scenes.assets.manifest import load_pack, pack_manifest
from spacenum.scenes.categories import ROOM_CATEGORIES
from spacenum.scenes.settings import ScenesParams
from spacenum.scenes.spec import Split
from spacenum.simulators.catalogue import simulator
from spacenum.simulators.settings import ContactSheetParams
from spacenum.study import paths
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import SPLITS, Plan, environment
from spacenum.tables.settings import CoverageParams
from spacenum.variants.catalogue import variant_file
from spacenum.variants.settings import RerenderParams, VariantParams

SHEETS = ("objects", "rooms")


class Collection:
    """The jobs that make a study's items. made_splits: those whose items they make: none in a study that has a
    release's."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._config = plan, plan.config
        self.made_splits = () if plan.config.released else SPLITS

    # ---- asset packs

    def pack_files(self) -> list[str]:
        """What must be fetched before scenes of this study can be drawn: nothing for the pack of this project."""
        manifest = pack_manifest(self._config.pack)
        return [str(manifest)] if manifest else []

    def pack_models(self) -> list[str]:
        """What lies beside the manifest of a fetched pack."""
        pack = self._config.pack
        return [paths.PACK.of(name, pack=pack) for name in ("attribution", "models")] if pack_manifest(pack) else []

    def pack_code(self, pack: str, *programs: str) -> CodeHash:
        """Hash of what makes a fetched pack: the code, the curated selection, and modules that it runs by name."""
        modules = [PROJECT.joinpath(*program.split(".")).with_suffix(".py") for program in programs]
        return code_of(f"fetch_{pack}.py", PROJECT / "spacenum" / "scenes" / "assets" / f"{pack}.yaml", *modules)

    def _manifest_files(self) -> list[Path]:
        """The pack's manifest, if it is part of this project."""
        return [self._plan.pack.folder / "manifest.yaml"] if pack_manifest(self._config.pack) is None else []

    def _asset_files(self, setting: Setting) -> list[Path]:
        """Generators of the assets that scenes of a setting may hold."""
        pack = load_pack("procedural")
        if setting == "transition":
            wanted = [asset for asset in pack.assets if asset.category in ROOM_CATEGORIES]
        else:
            wanted = [asset for asset in pack.assets if asset.layout]
        return [pack.folder / asset.file for asset in wanted]

    def contact_sheet(self, sheet: str) -> Job:
        own = [*load_pack("procedural").files] if self._config.pack == "procedural" else []
        params = ContactSheetParams.model_validate({"pack": self._config.pack, "sheet": sheet})
        return Job(params, code_of("render_contact_sheet.py", *simulator_files("blender"), *own))

    # ---- scenes and frames

    def scenes(self, setting: Setting, shard: str) -> Job:
        source = simulator(self._config.simulators[setting]).scene_sources[setting]
        params = ScenesParams(
            source=source,
            pack=self._config.pack,
            vertical_fov=self._config.camera["layout"].vertical_fov if setting == "layout" else 0,
            scenes=self._plan.in_shard(setting, shard),
        )
        extra = [PROJECT / "spacenum" / "scenes" / f"{source}.py"]
        return Job(params, code_of("build_scenes.py", *extra, *self._manifest_files()))

    def frames(self, setting: Setting) -> Job:
        """The job of each shard of a setting. Which sweeps a room gets follows from its number."""
        config, engine, rooms = self._config, self._config.simulators[setting], self._config.scenes.transition
        params = FramesParams(
            setting=setting,
            simulator=engine,
            pack=config.pack,
            camera=config.camera[setting],
            settings=config.settings_of(engine).model_dump(mode="json"),
            controls=config.controls,
            attempts=rooms.start_attempts if setting == "transition" else 0,
            families_per_scene=rooms.families_per_scene if setting == "transition" else 0,
            seed=config.seed if setting == "transition" else 0,
        )
        return Job(params, self._engine_code("render_frames.py", setting))

    def rerender(self, setting: Setting, variant: str) -> Job:
        config, engine = self._config, self._config.simulators[setting]
        params = RerenderParams(
            variant=variant,
            simulator=engine,
            pack=config.pack,
            camera=config.camera[setting],
            settings=config.settings_of(engine).model_dump(mode="json"),
        )
        return Job(params, self._engine_code("rerender_frames.py", setting, variant_file(variant)))

    def _engine_code(self, script: str, setting: Setting, *extra: Path) -> CodeHash:
        """Hash of a script that runs a setting's engine: with the engine, and what it shows of this project."""
        engine = self._config.simulators[setting]
        shown = [*self._asset_files(setting), *self._manifest_files()] if simulator(engine).shows_packs else []
        return code_of(script, *simulator_files(engine), *shown, *extra)

    def resources(self, setting: Setting) -> Needs:
        """What one job of a setting's engine takes of the machine."""
        name = self._config.simulators[setting]
        device, needs = getattr(self._config.settings_of(name), "device", "cpu"), simulator(name).resources
        return needs if device == "cpu" else replace(needs, gpus=1)

    def environment(self, setting: Setting) -> str:
        """The file of ``envs`` for a setting's engine."""
        return environment(self._config.simulators[setting])

    # ---- items

    def items(self, setting: Setting, split: Split) -> Job:
        sizes: SplitItems = getattr(self._config.items, split)
        params = ItemsParams(setting=setting, split=split, sizes=_of_setting(sizes, setting), seed=self._config.seed)
        return Job(params, code_of("build_items.py", *template_files(setting)))

    def variant(self, setting: Setting, variant: str) -> Job:
        code = code_of("build_variant.py", variant_file(variant), *template_files(setting))
        families = None if self._plan.variants[variant].pairs_with_base else self._plan.config.pairs_families
        return Job(VariantParams(variant=variant, setting=setting, families=families), code)

    def checks(self, setting: Setting, split: Split, variant: str = "base") -> Job:
        sizes = _of_setting(getattr(self._config.items, split), setting)
        params = ChecksParams(
            setting=setting,
            split=split,
            sizes=sizes if variant == "base" else None,
            controls=self._config.controls,
            uneven_magnitudes=self._config.items.uneven_magnitudes if setting == "transition" else "fail",
            seed=self._config.seed,
            variant=variant,
        )
        return Job(params, code_of("check_items.py", *([variant_file(variant)] if variant != "base" else [])))

    def coverage(self, split: Split) -> Job:
        scenes = self._config.scenes
        params = CoverageParams(
            split=split,
            rooms=getattr(scenes.transition, split),
            layouts=getattr(scenes.layout, split),
            families_per_scene=scenes.transition.families_per_scene,
            seed=self._config.seed,
        )
        return Job(params, code_of("make_coverage.py"))

    # ---- files

    def shard_files(self, output: str, setting: Setting, split: Split) -> list[str]:
        """One output of every frames shard of a setting and split."""
        return [paths.FRAMES.of(output, setting=setting, shard=shard) for shard in self._plan.shards(setting, split)]

    def item_files(self, split: Split) -> list[str]:
        """The items of both settings."""
        return [paths.ITEMS.of(setting=setting, split=split) for setting in SETTINGS]

    def scene_files(self, setting: Setting, split: Split) -> list[str]:
        """The scenes of every shard."""
        return [paths.SCENES.of(setting=setting, shard=shard) for shard in self._plan.shards(setting, split)]

    def rerendered_files(self, setting: Setting, split: Split, variant: str, output: str = "frames") -> list[str]:
        """One output of every shard that a variant renders anew; none if it draws its pictures."""
        if not self._plan.variants[variant].scene:
            return []
        shards = self._plan.shards(setting, split)
        return [paths.RERENDER.of(output, setting=setting, variant=variant, shard=shard) for shard in shards]

    def frames_of_items(self, setting: str, split: Split, variant: str) -> list[str]:
        """The frames that items show: of the base all, or those that a variant's pictures are described by. One file:
        the jobs that read it are as many as models, and shards may be hundreds."""
        if setting not in SETTINGS or self._config.released:
            return []
        if variant == "base":
            return [paths.ITEMS.of("frames", split=split, setting=setting)]
        return [paths.VARIANT.of("frames", split=split, variant=variant, setting=setting)]

    def images(self, setting: str, split: Split, variant: str = "base") -> list[str]:
        """The folders of all images that items may show, and that their frames' records name."""
        where = {"split": split, "variant": variant, "setting": setting}
        kind = self._plan.variants.get(variant)
        if setting not in (kind.settings if kind else SETTINGS):
            return []
        if self._config.released:
            return [paths.VARIANT.of("images", **where)]
        found = self.shard_files("images", setting, split)
        if variant != "base":
            found += [*self.rerendered_files(setting, split, variant, "images"), paths.VARIANT.of("images", **where)]
        return found

    def tested_frames(self, setting: str, variant: str) -> list[str]:
        """The frames of base items that a variant's models are tested on; none where these are the items' own."""
        return [] if variant == "base" else self.frames_of_items(setting, "benchmark", "base")

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        if self._config.released:
            yield from self._of_release()
            return
        for setting, _, shard in self._plan.all_shards():
            yield paths.SCENES.output(self.scenes(setting, shard), setting=setting, shard=shard)
            yield paths.FRAMES.output(self.frames(setting), setting=setting, shard=shard)
        for setting in SETTINGS:
            for split in SPLITS:
                yield paths.ITEMS.output(self.items(setting, split), setting=setting, split=split)
                checks = self.checks(setting, split)
                yield paths.CHECKS.output(checks, setting=setting, split=split, variant="base")
        for sheet in SHEETS:
            yield paths.CONTACT_SHEET.output(self.contact_sheet(sheet), sheet=sheet)
        yield paths.COVERAGE.output(self.coverage("benchmark"))
        yield paths.TRAIN_COVERAGE.output(self.coverage("train"))
        for name, kind in self._plan.variants.items():
            for setting in kind.settings:
                yield from self._of_variant(name, setting)

    def release_files(self) -> list[str]:
        """The items that a release brings."""
        of_variants = [
            paths.VARIANT.of(split="benchmark", variant=name, setting=setting)
            for name, kind in self._plan.variants.items()
            for setting in kind.settings
        ]
        return [*self.item_files("benchmark"), *of_variants]

    def _of_release(self) -> Iterator[StudyOutput]:
        for file in self.release_files():
            yield StudyOutput(Path(file), "spacenum items import --release", None, (file,))

    def _of_variant(self, name: str, setting: Setting) -> Iterator[StudyOutput]:
        where = {"setting": setting, "variant": name}
        for shard in self._plan.shards(setting, "benchmark") if self._plan.variants[name].scene else ():
            yield paths.RERENDER.output(self.rerender(setting, name), shard=shard, **where)
        yield paths.VARIANT.output(self.variant(setting, name), split="benchmark", **where)
        yield paths.CHECKS.output(self.checks(setting, "benchmark", name), split="benchmark", **where)


def simulator_files(simulator: str) -> list[Path]:
    """The modules of a simulator, which scripts load by name; contact sheets are no part of it."""
    modules = sorted((PROJECT / "spacenum" / "simulators" / simulator).glob("*.py"))
    return [module for module in modules if module.stem != "contact_sheet"]


def _of_setting(sizes: SplitItems, setting: Setting) -> SplitItems:
    """Only the sizes of one setting's cells, so that the other's don't rerun it."""
    names = [name for name in SplitItems.model_fields if name.startswith(setting)]
    return SplitItems(**{name: getattr(sizes, name) for name in names})
