"""What all runs of training share: their command, where they go on from after a kill, and what they leave."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from spacenum.asking.store import Contents, shown_by
from spacenum.core.blocks import Block
from spacenum.core.machine import from_environment
from spacenum.core.owners import left_behind, own_place, owner, remove
from spacenum.core.provenance import digest, read_jsonl, sha256_of
from spacenum.core.stage import Made
from spacenum.frames.records import read_frames
from spacenum.items.schema import ASKED_ITEM, AnyItem
from spacenum.scoring.records import write_lines
from spacenum.tuning.settings import GrpoParams, Machine, SftParams

Params = TypeVar("Params", SftParams, GrpoParams)
Record = TypeVar("Record", bound=BaseModel)


READY = "ready"
"""A file that says that a place holds all that its run goes on from."""


@dataclass(frozen=True)
class Run:
    """One training. folder: of checkpoints, named by all that determines them, so that no other training goes on from
    them. owner: of the place in it where this run keeps its own; all processes of a run have one. writes: whether this
    process, of several, is the one that writes."""

    folder: Path
    owner: str
    writes: bool

    @classmethod
    def of(cls, tuned: str, job: Block, code: str, inputs: Sequence[Path], machine: Machine) -> Run:
        key = digest({"job": job.model_dump(mode="json"), "code": code, "inputs": [sha256_of(path) for path in inputs]})
        several = int(os.environ.get("WORLD_SIZE", "1")) > 1  # which one process started
        name = owner(os.getppid()) if several else owner()
        return cls(Path(machine.checkpoints) / f"{tuned}-{key}", name, os.environ.get("RANK", "0") == "0")

    def start(self) -> Path:
        """This run's folder of checkpoints. It holds those of a run that was killed; or a copy of those of one that may
        still run, since of another host that can't be known."""
        place = self.folder / self.owner
        if self.writes and not (own_place(self.folder, self.owner) / READY).exists():
            _copy_newest([path for path in self.folder.iterdir() if path != place], place)
            (place / READY).touch()
        while not (place / READY).exists():
            time.sleep(0.1)
        return place

    def finish(self) -> None:
        """Remove the checkpoints, once all else is written; another run's own stay."""
        for place in [self.folder / self.owner, *left_behind(self.folder)]:
            remove(place)
        with suppress(OSError):
            self.folder.rmdir()


def _copy_newest(others: Sequence[Path], place: Path) -> None:
    """Copy what lies in that of some places to which something was written last. What was written last is copied first:
    a checkpoint's last file says that it is whole."""
    found = {other: _files(other) for other in others}
    for other in sorted(others, key=lambda other: max(found[other], default=(0, ""))[0])[-1:]:
        for _, name in sorted(found[other], reverse=True):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(other / name, place / name)
            except FileNotFoundError:  # its run has newer ones
                shutil.rmtree(place / Path(name).parts[0], ignore_errors=True)


def _files(folder: Path) -> list[tuple[int, str]]:
    """Files below a folder, with the time of their last change."""
    found = []
    for where, _, names in os.walk(folder):  # which passes over what is removed meanwhile, as a glob doesn't
        for path in (Path(where) / name for name in names):
            with suppress(FileNotFoundError):
                found.append((path.stat().st_mtime_ns, str(path.relative_to(folder))))
    return found


def write_steps(path: Path, kind: type[BaseModel], steps: Sequence[BaseModel]) -> None:
    """``training.csv``: one line a step."""
    write_lines(path, kind.model_fields, (step.model_dump().values() for step in steps))


def train_adapter(
    params: Params,
    tune: Callable[[Params, Sequence[AnyItem], Path, Path, Path, Machine], Sequence[Record]],
    record: type[Record],
    items: Path,
    frames: Sequence[Path],
    weights: Sequence[Path],
    steps: Path,
    adapter: Path,
    code: str,
) -> Made:
    """Train one adapter by ``tune``, and write its steps. record: a line of these. frames: of the images that items
    show, which are compared before the first step. weights: files of a base that this pipeline made. adapter: the
    folder to write."""
    machine = from_environment(Machine, "SPACENUM_TUNING_", os.environ)
    run = Run.of(params.tuned, params, code, [items, *frames, *weights], machine)
    taught = read_jsonl(items, ASKED_ITEM)
    shown = shown_by(taught, Contents(Path(), {frame.image: frame.sha256[0] for frame in read_frames(frames)}).image)
    lines = tune(params, taught, Path(), adapter, run.start(), machine)
    if run.writes:
        write_steps(steps, record, lines)
    return Made(shown=shown, finish=run.finish)
