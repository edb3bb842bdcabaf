"""Job files as Snakemake's rules would have them, for tests that run a script alone."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from spacenum.core.blocks import Block
from spacenum.core.jobs import Job, code_of, write_job

Files = str | Path | Sequence[str | Path] | Mapping[str, str | Path]


def prepare(folder: Path, rule: str, params: Block, inputs: Mapping[str, Files], **outputs: Files) -> str:
    """Write a job file below the study's ``folder``; returns the job's first output, a script's only argument.

    Files by name, a dictionary, are named inputs.
    """
    named = {
        group: [(n, str(f)) for n, f in files.items()] for group, files in inputs.items() if isinstance(files, Mapping)
    }
    job = Job(params, code_of("score_answers.py"), named)
    with contextlib.chdir(folder):
        write_job(job, rule, {n: _paths(f) for n, f in inputs.items()}, {n: _paths(f) for n, f in outputs.items()})
    return _paths(next(iter(outputs.values())))[0]


def prepare_answers(folder: Path, params: Block, items: Path | str, out: Path | str, parts: Sequence[str] = ()) -> str:
    """The job file of a model that needs nothing but its items. parts: what is merged."""
    inputs: dict[str, Files] = {"items_file": items, "checks": items, "self_test": items}
    none: dict[str, Files] = {"frames": [], "tested": [], "sheets": [], "weights": [], "parts": parts}
    return prepare(folder, "answers", params, inputs | none, answers=out)


def _paths(files: Files) -> list[str]:
    if isinstance(files, Mapping):
        return [*map(str, files.values())]
    return [str(files)] if isinstance(files, str | Path) else [*map(str, files)]
