"""Frames made on another machine: exported for one that has the engine, and brought into the study.

All paths of a study are relative to its folder, which is the current one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.remote_frames.shards import RECORDS, checked_shard, copy_shards
from spacenum.simulators.isaacsim import need_usd
from spacenum.study.study import Study


def import_frames(
    study: Study, folder: Path, allow_other_code: bool = False, done: Callable[[str], None] = lambda shard: None
) -> list[Path]:
    """Bring frames made elsewhere into the study; returns the shards' folders.

    folder: a rendered export, which is taken through the ordinary controls; or shards that the frames job wrote on
    another machine, at any depth, which are checked against this study and copied. All shards take their places, or
    none does; ``done`` is called with each.
    """
    _refuse_links(folder)
    if (folder / "views.jsonl").is_file():
        need_usd()
        from spacenum.remote_frames.views import import_views

        return import_views(study, folder, done)
    found = sorted(path.parent for path in folder.rglob("frames.jsonl"))
    if not found:
        raise SpaceNumError(
            f"{folder}: holds neither a rendered export (views.jsonl) nor a shard of frames (frames.jsonl)"
        )
    sources: dict[Path, Path] = {}
    for shard in found:
        target = checked_shard(study, shard, allow_other_code)
        if target in sources:
            raise SpaceNumError(f"{folder}: holds {target.name} twice, as {sources[target]} and {shard}; remove one")
        sources[target] = shard
    copy_shards(sources)
    for target in sources:
        done(target.name)
    return list(sources)


def _refuse_links(folder: Path) -> None:
    """SpaceNumError if a file of the folder is a link: what it leads to may lie anywhere on this machine."""
    if link := next((path for path in folder.rglob("*") if path.is_symlink()), None):
        raise SpaceNumError(f"{link}: is a link, and only files that lie in the folder are imported; copy them there")


def forget_earlier_jobs(shards: Sequence[Path], configfiles: Sequence[Path], options: Sequence[str] = ()) -> None:
    """Let Snakemake forget what it knows of the shards' earlier makers, whose parameters differed; else it would make
    them again."""
    if not Path(".snakemake", "metadata").is_dir():
        return
    outputs = [str(shard / name) for shard in shards for name in (*RECORDS, "images")]
    own = ["--configfile", *map(str, configfiles)] if configfiles else []
    own += ["--config", *options] if options else []
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), *own, "--cores", "1"]
    done = subprocess.run([*command, "--cleanup-metadata", *outputs], capture_output=True, text=True)
    if done.returncode:
        raise SpaceNumError(
            f"the frames are in place, but Snakemake can't forget their earlier makers ({done.stderr.strip()[-200:]}); "
            "delete the folder .snakemake/metadata before the next run"
        )
