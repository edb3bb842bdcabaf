"""What all runs of training share: their command, where they go on from after a kill, and what they leave."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from spacenum.asking.store import Contents, shown_by
from spacenum.core.blocks import Block
from spacenum.core.machine import from_environment
from spacenum.core.provenance import digest, read_jsonl, sha256_of, write_text
from spacenum.core.stage import Made
from spacenum.items.schema import ASKED_ITEM, AnyItem
from spacenum.scoring.records import records_to_csv
from spacenum.tuning.settings import GrpoParams, Machine, SftParams

Params = TypeVar("Params", SftParams, GrpoParams)
Record = TypeVar("Record", bound=BaseModel)


@dataclass(frozen=True)
class Run:
    """One training. folder: of its checkpoints, named by all that determines it, so that no other run goes on from
    them. writes: whether this process, of several, is the one that writes."""

    folder: Path
    writes: bool

    @classmethod
    def of(cls, tuned: str, job: Block, code: str, inputs: Sequence[Path], machine: Machine) -> Run:
        key = digest({"job": job.model_dump(mode="json"), "code": code, "inputs": [sha256_of(path) for path in inputs]})
        return cls(Path(machine.checkpoints) / f"{tuned}-{key}", os.environ.get("RANK", "0") == "0")

    def start(self) -> Path:
        """The folder of checkpoints, which holds those of a killed run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def finish(self) -> None:
        """Remove the checkpoints, once all else is written."""
        shutil.rmtree(self.folder)


def write_steps(path: Path, kind: type[BaseModel], steps: Sequence[BaseModel]) -> None:
    """``training.csv``: one line a step."""
    write_text(path, records_to_csv(steps, kind))


def train_adapter(
    params: Params,
    tune: Callable[[Params, Sequence[AnyItem], Path, Path, Path, Machine], Sequence[Record]],
    record: type[Record],
    items: Path,
    weights: Sequence[Path],
    steps: Path,
    adapter: Path,
    code: str,
) -> Made:
    """Train one adapter by ``tune``, and write its steps. record: a line of these. weights: files of a base that this
    pipeline made. adapter: the folder to write."""
    machine = from_environment(Machine, "SPACENUM_TUNING_", os.environ)
    run = Run.of(params.tuned, params, code, [items, *weights], machine)
    taught = read_jsonl(items, ASKED_ITEM)
    shown = shown_by(taught, Contents(Path()).image)
    lines = tune(params, taught, Path(), adapter, run.start(), machine)
    if run.writes:
        write_steps(steps, record, lines)
    return Made(shown=shown, finish=run.finish)
