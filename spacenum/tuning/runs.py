"""What all runs of training share: where they go on from after a kill, and what they leave."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from spacenum.blocks import Block
from spacenum.models.settings import ADAPTER_FILES
from spacenum.provenance import digest, sha256_of, write_text
from spacenum.scoring.records import records_to_csv
from spacenum.tuning.settings import Machine


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

    @staticmethod
    def files(adapter: Path) -> list[Path]:
        return [adapter / name for name in ADAPTER_FILES]


def write_steps(path: Path, kind: type[BaseModel], steps: Sequence[BaseModel]) -> None:
    """``training.csv``: one line a step."""
    write_text(path, records_to_csv(steps, kind))
