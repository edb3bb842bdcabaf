"""Shards of frames that the frames job wrote on another machine: checked against this study, and copied."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job
from spacenum.core.provenance import Meta, atomic_folders, meta_path, read_jsonl, read_meta, sha256_of
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import SETTINGS
from spacenum.scenes.assets.manifest import manifest_inputs
from spacenum.study import paths
from spacenum.study.plan import SPLITS
from spacenum.study.study import Study
from spacenum.study.verify import first_difference

RECORDS = ("frames.jsonl", "families.jsonl", "coverage.csv")


def checked_shard(study: Study, shard: Path, allow_other_code: bool) -> Path:
    """Where a shard of frames belongs in the study; SpaceNumError if it isn't what this study's job would have made."""
    source = meta_path(shard / RECORDS[0])
    try:
        meta = read_meta(source)
    except (FileNotFoundError, SpaceNumError):
        raise SpaceNumError(f"{source}: missing or damaged; copy the whole folder that the frames job wrote") from None
    target, scenes, job = _place(study, meta, shard)
    expected = job.params.model_dump(mode="json")
    if meta.params != expected:
        raise SpaceNumError(
            f"{shard}: made with other parameters: {first_difference(meta.params, expected)}; use the same config"
        )
    if meta.code != job.code and not allow_other_code:
        raise SpaceNumError(
            f"{shard}: made by other code than this checkout's; use the same version, or say --allow-other-code"
        )
    inputs = sorted(map(str, [scenes, *manifest_inputs(study.plan.config.pack)]))
    if sorted(meta.inputs) != inputs:
        raise SpaceNumError(
            f"{source}: says that the shard was made from {', '.join(sorted(meta.inputs)) or 'nothing'}, but this "
            f"study's is made from {', '.join(inputs)}; take the frames there with this study's config"
        )
    for name, digest in meta.inputs.items():
        if not Path(name).is_file():
            raise SpaceNumError(
                f"{name}: missing here; make it with 'snakemake --cores all {name}' and this study's config first"
            )
        if sha256_of(Path(name)) != digest:
            raise SpaceNumError(f"{shard}: made from another {name} than the one here")
    _check_files(shard, target, meta)
    return target


def _place(study: Study, meta: Meta, shard: Path) -> tuple[Path, Path, Job]:
    """The shard's folder in the study, the scenes that it shows, and the job that would make it."""
    names = {str(Path(name).parent) for name in meta.outputs}
    for setting in SETTINGS:
        for split in SPLITS:
            for name in study.plan.shards(setting, split):
                target = Path(paths.FRAMES.of(setting=setting, shard=name)).parent
                if names == {str(target)}:
                    return target, Path(paths.SCENES.of(setting=setting, shard=name)), study.collection.frames(setting)
    raise SpaceNumError(f"{shard}: made as {', '.join(sorted(names))}, which is no shard of this study")


def _check_files(shard: Path, target: Path, meta: Meta) -> None:
    """Whether all files of a shard are those that were written."""
    digests = {Path(name).name: digest for name, digest in meta.outputs.items()}
    for name in RECORDS:
        _check_file(shard / name, digests.get(name))
    for frame in read_jsonl(shard / RECORDS[0], FrameRecord):
        for name, digest in zip((frame.image, frame.depth, frame.ids), frame.sha256, strict=True):
            if Path(name).parent != target / "images":
                raise SpaceNumError(f"{shard / RECORDS[0]}: names the image {name}, which isn't below {target}")
            _check_file(shard / "images" / Path(name).name, digest)


def _check_file(path: Path, digest: str | None) -> None:
    if not path.is_file() or sha256_of(path) != digest:
        state = "another than was written" if path.is_file() else "missing"
        raise SpaceNumError(f"{path}: {state}; copy the shard again")


def copy_shards(sources: Mapping[Path, Path]) -> None:
    """Copy shards into their places, all of them or none. sources: by the place."""
    with atomic_folders(list(sources)) as folders:
        for source, folder in zip(sources.values(), folders, strict=True):
            for name in (*RECORDS, meta_path(Path(RECORDS[0])).name):
                shutil.copyfile(source / name, folder / name)
            shutil.copytree(source / "images", folder / "images", copy_function=shutil.copyfile)
