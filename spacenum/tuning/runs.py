"""What all runs of training share: their command, where they go on from after a kill, and what they leave."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from spacenum.asking.settings import ADAPTER_FILES
from spacenum.core.blocks import Block
from spacenum.core.machine import from_environment
from spacenum.core.provenance import digest, read_jsonl, sha256_of, write_text
from spacenum.core.stage import leave_meta, params, parser
from spacenum.items.schema import ITEM, Item
from spacenum.scoring.records import records_to_csv
from spacenum.tuning.settings import GrpoParams, Machine, SftParams

Params = TypeVar("Params", SftParams, GrpoParams)
Told = TypeVar("Told", bound=BaseModel)


@dataclass(frozen=True)
class Run:
    """One training. folder: of its checkpoints, named by all that determines it, so that no other run goes on from them.
    writes: whether this process, of several, is the one that writes."""

    folder: Path
    writes: bool

    @classmethod
    def of(cls, tuned: str, job: Block, code: str, inputs: Sequence[Path], machine: Machine) -> Run:
        key = digest({"job": job.model_dump(mode="json"), "code": code, "inputs": [sha256_of(path) for path in inputs]})
        return cls(Path(machine.checkpoints) / f"{tuned}-{key}", os.environ.get("RANK", "0") == "0")

    @contextmanager
    def checkpoints(self) -> Iterator[Path]:
        """The folder of checkpoints; it goes when the block ends well."""
        self.folder.mkdir(parents=True, exist_ok=True)
        yield self.folder
        if self.writes:
            shutil.rmtree(self.folder)


def write_steps(path: Path, kind: type[BaseModel], steps: Sequence[BaseModel]) -> None:
    """``training.csv``: one line a step."""
    write_text(path, records_to_csv(steps, kind))


def train_adapter(
    about: str | None,
    rule: str,
    asked: type[Params],
    told: type[Told],
    tune: Callable[[Params, Sequence[Item], Path, Path, Path, Machine], Sequence[Told]],
) -> None:
    """The command of a job that trains one adapter. asked: what it is told; told: the lines that ``tune`` tells of it."""
    cli = parser(about)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--weights", type=Path, nargs="*", default=[], help="files of a base that this pipeline made")
    cli.add_argument("--out", type=Path, required=True)
    cli.add_argument("--adapter", type=Path, required=True)
    args: Namespace = cli.parse_args()
    job, inputs = params(args, asked), [args.items, *args.weights]
    machine = from_environment(Machine, "SPACENUM_TUNING_", os.environ)
    run = Run.of(job.tuned, job, args.code, inputs, machine)
    with run.checkpoints() as checkpoints:
        lines = tune(job, read_jsonl(args.items, ITEM), Path(), args.adapter, checkpoints, machine)
        if run.writes:
            write_steps(args.out, told, lines)
            leave_meta(rule, args, asked, inputs, [args.out, *(args.adapter / name for name in ADAPTER_FILES)])
