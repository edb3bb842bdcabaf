"""One shard's frames: scene after scene, each kept as soon as it is done,
so that a killed job loses no finished scene."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from spacenum.core.provenance import atomic_folder, digest, sha256_of, write_jsonl, write_text
from spacenum.frames.capture import CandidateCount, Coverage, capture
from spacenum.frames.plan import Sweep, Sweeps
from spacenum.frames.records import Family, FrameRecord
from spacenum.frames.settings import FramesParams
from spacenum.frames.store import FrameWriter
from spacenum.scenes.assets.manifest import manifest_inputs
from spacenum.scenes.requests import room_number
from spacenum.scenes.spec import AnyScene
from spacenum.simulators.base import Simulator, engine_of

WORK = Path(".spacenum")
"""Working state of a study, beside ``data/``: whatever lies here may be deleted at any time, at the cost of time."""
TAKEN = "taken.json"


class Taken(BaseModel):
    """What one scene gave; ``key`` is a digest of all that determined it."""

    model_config = ConfigDict(extra="forbid")

    key: str
    families: list[Family]
    frames: list[FrameRecord]
    coverage: list[CandidateCount]


def forget_finished(out: Path) -> None:
    """Drop the scenes that an earlier, unfinished run of a shard kept."""
    shutil.rmtree(_work(out), ignore_errors=True)


def _work(out: Path) -> Path:
    return WORK / "frames" / digest(str(out))


def take_shard(
    job: FramesParams,
    scenes: Sequence[AnyScene],
    simulator: Simulator,
    out: Path,
    code: str,
    finished: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Take all frames of ``scenes`` and write the shard's folder ``out``; returns its three record files.

    A scene that an earlier, killed run of the same job finished is not taken again. ``finished`` is called after each.
    """
    work = _work(out)
    plan, taken = Sweeps(job.families_per_scene, job.seed), []
    for scene in scenes:
        sweeps = plan.of(room_number(scene.id)) if job.setting == "transition" else []
        key = _key(job, sweeps, scene, code, engine_of(simulator))
        taken.append(_finished(work / scene.id, key) or _take(work, job, sweeps, scene, simulator, out, key))
        finished()
    with atomic_folder(out / "images") as images:
        for scene in scenes:
            for file in sorted((work / scene.id).glob("*.png")):
                _link(file, images / file.name)
    coverage = Coverage()
    for of_scene in taken:
        coverage.extend(of_scene.coverage)
    write_text(out / "coverage.csv", coverage.csv())
    write_jsonl(out / "families.jsonl", [family for of_scene in taken for family in of_scene.families])
    write_jsonl(out / "frames.jsonl", [frame for of_scene in taken for frame in of_scene.frames])
    shutil.rmtree(work)
    return [out / name for name in ("frames.jsonl", "families.jsonl", "coverage.csv")]


def _take(
    work: Path,
    job: FramesParams,
    sweeps: Sequence[Sweep],
    scene: AnyScene,
    simulator: Simulator,
    out: Path,
    key: str,
) -> Taken:
    coverage = Coverage()
    with atomic_folder(work / scene.id) as folder:
        writer = FrameWriter(folder, out / "images", simulator.name)
        families = capture(simulator, scene, sweeps, job.controls, job.attempts, writer, coverage, job.seed)
        taken = Taken(key=key, families=families, frames=writer.frames, coverage=coverage.outcomes())
        (folder / TAKEN).write_text(taken.model_dump_json())
    return taken


def _finished(folder: Path, key: str) -> Taken | None:
    """What an earlier run took of this scene, if it was this very job's."""
    try:
        taken = Taken.model_validate_json((folder / TAKEN).read_text())
    except (FileNotFoundError, ValidationError):
        return None
    whole = all(
        _is(folder / Path(name).name, digest)
        for frame in taken.frames
        for name, digest in zip((frame.image, frame.depth, frame.ids), frame.sha256, strict=True)
    )
    return taken if whole and taken.key == key else None


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _key(job: FramesParams, sweeps: Sequence[Sweep], scene: AnyScene, code: str, engine: str) -> str:
    pack = [sha256_of(path) for path in manifest_inputs(job.pack) if path.is_file()]
    own: dict[str, Any] = job.model_dump(mode="json")
    return digest(
        {
            "job": own,
            "sweeps": [sweep.model_dump(mode="json") for sweep in sweeps],
            "scene": scene.model_dump(mode="json"),
            "code": code,
            "engine": engine,
            "pack": pack,
        }
    )


def _link(source: Path, target: Path) -> None:
    """A second name for a finished file; a copy where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
