"""Layouts exported as stages for a machine that has Isaac Sim, and its views taken through the ordinary controls."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.progress import Progress
from spacenum.core.provenance import atomic_folders, hashes_of, read_jsonl, write_meta, write_text
from spacenum.frames.settings import FramesParams
from spacenum.frames.shard import ShardFrames
from spacenum.geometry.camera import Intrinsics
from spacenum.scenes.assets.manifest import Pack, load_pack, manifest_inputs, pack_manifest
from spacenum.scenes.spec import SCENE, LayoutScene
from spacenum.simulators.base import engine_of
from spacenum.simulators.isaacsim import runner
from spacenum.simulators.isaacsim.batch import write_batch
from spacenum.simulators.isaacsim.settings import IsaacSimConfig
from spacenum.simulators.isaacsim.simulator import IsaacSimulator
from spacenum.simulators.isaacsim.stage import LayoutView, UsdStage, author
from spacenum.simulators.isaacsim.views import ImportedViews
from spacenum.study import paths
from spacenum.study.plan import SPLITS
from spacenum.study.study import Study
from spacenum.study.verify import first_difference

EXPORT = "export.json"
README = """Views to render with NVIDIA Isaac Sim. On the machine that has it, in this folder:

    ~/isaacsim/python.sh runner.py .

(the python.sh of your installation; what is finished is skipped, so it may be stopped and started again). Then, where
the study is, with this folder:

    spacenum frames import FOLDER

runner.py describes the files that it reads and writes. Study: {study}. Shards: {shards}.
"""


class Export(BaseModel):
    """What an exported batch holds: all placements of each layout of ``shards``, through its first ``cameras``.

    params: those of the frames' jobs that decide what a view shows.
    """

    model_config = ConfigDict(extra="forbid")

    study: str
    shards: list[str]
    cameras: int
    params: dict[str, Any]


class _Layouts:
    """A study's layouts as Isaac Sim shows them."""

    def __init__(self, study: Study) -> None:
        if study.plan.config.simulators["layout"] != "isaacsim":
            raise SpaceNumError(
                f"config key 'simulators.layout' is '{study.plan.config.simulators['layout']}': only views of "
                "'isaacsim' are exported and imported one by one"
            )
        self.study = study
        self.pack: Pack = load_pack(study.plan.config.pack, pack_manifest(study.plan.config.pack))
        camera = study.plan.config.camera["layout"]
        self.camera = Intrinsics.from_vertical_fov(camera.width, camera.height, camera.vertical_fov)
        self.settings: IsaacSimConfig = study.plan.config.settings_of("isaacsim")
        self.shards = [shard for split in SPLITS for shard in study.plan.shards("layout", split)]

    def job(self) -> tuple[FramesParams, str]:
        job = self.study.collection.frames("layout")
        assert isinstance(job.params, FramesParams)
        return job.params, job.code

    def scenes(self, shard: str) -> list[LayoutScene]:
        return [scene for scene in read_jsonl(_scenes(shard), SCENE) if isinstance(scene, LayoutScene)]

    def export(self, shards: Sequence[str], cameras: int) -> Export:
        params = self.job()[0].model_dump(mode="json", include={"camera", "settings", "pack"})
        return Export(study=self.study.plan.config.study, shards=list(shards), cameras=cameras, params=params)

    def stages(self, scenes: Sequence[LayoutScene], cameras: int) -> Iterator[UsdStage]:
        progress = Progress("export, layouts", len(scenes))
        for scene in scenes:
            for pose in scene.cameras[:cameras]:
                for target in scene.placements:
                    yield author(LayoutView(scene, target, pose), self.pack, self.camera, self.settings)
            progress.step()


def export_layouts(study: Study, shards: Sequence[str], cameras: int, folder: Path) -> int:
    """Write a batch for ``runner.py`` into ``folder``, adding to what an earlier export left there; returns its views.

    shards: names, none for all. Raises SpaceNumError if a shard is unknown, its
    scenes aren't drawn, or the folder holds another study's export.
    """
    layouts = _Layouts(study)
    unknown = sorted(set(shards) - set(layouts.shards))
    if unknown:
        raise SpaceNumError(f"--shard {unknown[0]}: no such shard; this study has {', '.join(layouts.shards)}")
    export = layouts.export(list(shards) or layouts.shards, cameras)
    if (folder / EXPORT).is_file():
        export = _added(_read_export(folder), export, folder)
    elif folder.is_dir() and any(folder.iterdir()):
        raise SpaceNumError(f"--out {folder}: not empty, and no earlier export; name a new folder")
    scenes = [scene for shard in export.shards for scene in layouts.scenes(shard)]
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / EXPORT, export.model_dump_json(indent=1) + "\n")
    shutil.copyfile(runner.__file__, folder / "runner.py")
    (folder / "README.md").write_text(README.format(study=export.study, shards=", ".join(export.shards)))
    return write_batch(folder, layouts.stages(scenes, export.cameras), layouts.camera, layouts.settings)


def _added(earlier: Export, new: Export, folder: Path) -> Export:
    _refuse_other_params(earlier, new, folder)
    shards = sorted({*earlier.shards, *new.shards})
    return new.model_copy(update={"shards": shards, "cameras": max(earlier.cameras, new.cameras)})


def _read_export(folder: Path) -> Export:
    try:
        return Export.model_validate_json((folder / EXPORT).read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, ValidationError):
        raise SpaceNumError(f"{folder / EXPORT}: missing or damaged; export the batch again") from None


def _refuse_other_params(export: Export, own: Export, folder: Path) -> None:
    if export.params != own.params:
        raise SpaceNumError(
            f"{folder}: exported with other settings than this study's: {first_difference(export.params, own.params)}; "
            "export again into a new folder, or use the config of then"
        )


def import_views(study: Study, folder: Path, done: Callable[[str], None]) -> list[Path]:
    """Take the frames of an export's shards from its rendered views, of all or of none; returns the shards' folders."""
    layouts, export = _Layouts(study), _read_export(folder)
    shards = [shard for shard in export.shards if shard in layouts.shards]
    if not shards:
        raise SpaceNumError(f"{folder}: none of its shards ({', '.join(export.shards)}) is one of this study")
    _refuse_other_params(export, layouts.export(shards, export.cameras), folder)
    simulator = IsaacSimulator(ImportedViews(folder, layouts.camera), layouts.pack, layouts.camera, layouts.settings)
    params, code = layouts.job()
    outs = {shard: Path(paths.FRAMES.of(setting="layout", shard=shard)).parent for shard in shards}
    # nothing is resumed: the batch may have been rendered anew since, by another version
    frames = {shard: ShardFrames(params, simulator, out, code, resume=False) for shard, out in outs.items()}
    try:
        for shard in shards:
            frames[shard].take(layouts.scenes(shard))
        with atomic_folders(list(outs.values())) as folders:
            for shard, folder in zip(shards, folders, strict=True):
                records = [outs[shard] / path.name for path in frames[shard].write(folder)]
                inputs = hashes_of([_scenes(shard), *manifest_inputs(params.pack)])
                done_by = (engine_of(simulator), simulator.notes)
                told = params.model_dump(mode="json")
                write_meta(paths.FRAMES.name, told, code, inputs, records, *done_by, folder=folder)
    finally:
        for shard in shards:
            frames[shard].tidy()
    for shard in shards:
        done(shard)
    return list(outs.values())


def _scenes(shard: str) -> Path:
    return Path(paths.SCENES.of(setting="layout", shard=shard))
