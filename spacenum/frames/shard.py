"""One shard's frames: scene after scene, each kept as soon as it is done,
so that a killed job loses no finished scene."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from spacenum.core.owners import left_behind, owner, remove
from spacenum.core.provenance import atomic_folder, digest, sha256_of, write_jsonl, write_text
from spacenum.frames.capture import CandidateCount, Coverage, PictureCount, capture
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
PLACES = WORK / "frames"
"""Where unfinished shards lie: in places named by the shard and the process that takes it."""
TAKEN = "taken.json"


class Taken(BaseModel):
    """What one scene gave; ``key`` is a digest of all that determined it."""

    model_config = ConfigDict(extra="forbid")

    key: str
    families: list[Family]
    frames: list[FrameRecord]
    coverage: list[CandidateCount]


class ShardFrames:
    """The frames of one shard: taken scene by scene in a place of this process alone, then written as a whole.

    out: the shard's folder, which frames' paths begin with. resume: whether a scene counts that another run of the very
    same job has finished, which was killed, or still runs, maybe on another host.
    """

    def __init__(self, job: FramesParams, simulator: Simulator, out: Path, code: str, resume: bool = True) -> None:
        self._job, self._simulator, self._out, self._code, self._resume = job, simulator, out, code, resume
        self._name = digest(str(out))
        self._place = PLACES / f"{self._name}.{owner()}"
        self._taken: dict[str, Taken] = {}

    def take(self, scenes: Sequence[AnyScene], finished: Callable[[], None] = lambda: None) -> None:
        """Take all frames of ``scenes``; ``finished`` is called after each."""
        plan = Sweeps(self._job.families_per_scene, self._job.seed)
        pictures = PictureCount(self._simulator.name, min(2, len(scenes)))
        for scene in scenes:
            sweeps = plan.of(room_number(scene.id)) if self._job.setting == "transition" else []
            key = _key(self._job, sweeps, scene, self._code, engine_of(self._simulator))
            kept = self._kept(scene.id, key) if self._resume else None
            if kept and kept.families:
                pictures.judge(scene.id, None)
                self._taken[scene.id] = kept
            else:  # one that gave nothing is taken again: its pictures have to be judged
                self._taken[scene.id] = self._take(sweeps, scene, key, pictures)
            finished()

    def write(self, folder: Path | None = None) -> list[Path]:
        """Write the shard into its folder, or into another that is to take its place; returns its three record files.
        What isn't needed any more is removed."""
        folder, taken = folder or self._out, self._taken.values()
        with atomic_folder(folder / "images") as images:
            for file in sorted(file for scene in self._taken for file in (self._place / scene).glob("*.png")):
                _link(file, images / file.name)
        coverage = Coverage()
        for of_scene in taken:
            coverage.extend(of_scene.coverage)
        write_text(folder / "coverage.csv", coverage.csv())
        write_jsonl(folder / "families.jsonl", [family for of_scene in taken for family in of_scene.families])
        write_jsonl(folder / "frames.jsonl", [frame for of_scene in taken for frame in of_scene.frames])
        return [folder / name for name in ("frames.jsonl", "families.jsonl", "coverage.csv")]

    def tidy(self) -> None:
        """Remove this process's unfinished work, and that of those that have ended."""
        for place in [self._place, *left_behind(PLACES, f"{self._name}.*")]:
            remove(place)

    def _take(self, sweeps: Sequence[Sweep], scene: AnyScene, key: str, pictures: PictureCount) -> Taken:
        job, coverage = self._job, Coverage()
        with atomic_folder(self._place / scene.id) as folder:
            writer = FrameWriter(folder, self._out / "images", self._simulator.name)
            families = capture(
                self._simulator, scene, sweeps, job.controls, job.attempts, writer, coverage, job.seed, pictures
            )
            taken = Taken(key=key, families=families, frames=writer.frames, coverage=coverage.outcomes())
            (folder / TAKEN).write_text(taken.model_dump_json())
        return taken

    def _kept(self, scene: str, key: str) -> Taken | None:
        """What another run took of this scene, now in this process's place too. Its own stays as it is: it may still be
        at work, and whether it is can't be told of another host."""
        for place in sorted(PLACES.glob(f"{self._name}.*")):
            if taken := _finished(place / scene, key):
                if place != self._place:
                    with suppress(OSError), atomic_folder(self._place / scene) as folder:
                        for file in (place / scene).iterdir():
                            _link(file, folder / file.name)
                if _finished(self._place / scene, key):
                    return taken
        return None


def take_shard(
    job: FramesParams,
    scenes: Sequence[AnyScene],
    simulator: Simulator,
    out: Path,
    code: str,
    finished: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Take all frames of ``scenes`` and write the shard's folder ``out``; returns its three record files.

    A scene that another run of the same job finished is not taken again. ``finished`` is called after each.
    """
    shard = ShardFrames(job, simulator, out, code)
    shard.take(scenes, finished)
    written = shard.write()
    shard.tidy()
    return written


def _finished(folder: Path, key: str) -> Taken | None:
    """What a run took of a scene, if it was this very job's and is whole."""
    try:
        taken = Taken.model_validate_json((folder / TAKEN).read_bytes())
        whole = all(
            sha256_of(folder / Path(name).name) == digest
            for frame in taken.frames
            for name, digest in zip((frame.image, frame.depth, frame.ids), frame.sha256, strict=True)
        )
    except (OSError, ValidationError):  # its owner may be removing it
        return None
    return taken if whole and taken.key == key else None


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
