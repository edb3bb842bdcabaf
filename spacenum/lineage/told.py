"""What stands behind a number, as text: scores, answers, items, frames, scenes; and one item with its replies."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spacenum.asking.base import Answer
from spacenum.asking.questions import message_parts
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import read_jsonl, sha256_of
from spacenum.items.schema import ASKED_ITEM, CELLS, AnyItem, Cell, Image
from spacenum.lineage.behind import Jobs, Narrowed, PastJob, wildcards
from spacenum.scenes.spec import SCENE
from spacenum.scoring.records import read_records
from spacenum.scoring.rows import ScoreRow
from spacenum.study import paths

SHOWN = 12
"""Files of one rule that are named; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class LineageQuery:
    """What is to be followed: an output of the study in the current folder, and which part of it. options: of the
    study, as Snakemake takes them."""

    path: str
    model: str | None = None
    cell: str | None = None
    item: str | None = None
    options: Sequence[str] = ()


def lineage(asked: LineageQuery) -> Iterator[str]:
    """Lines that say what an output of the study in the current folder was made from."""
    jobs = Jobs(Path())
    cell = asked.cell or _cell_of(asked.item)
    if cell is not None and cell not in CELLS:
        raise SpaceNumError(f"--cell {cell[:80]}: is no cell; the cells are {', '.join(CELLS)}")
    setting = Cell.of(cell).setting if cell else None
    behind = jobs.behind(asked.path, Narrowed(model=asked.model, setting=setting))
    if asked.model and not any(wildcards(job.path).get("model") == asked.model for job in behind):
        models = sorted({name for job in jobs.behind(asked.path, Narrowed()) if (name := _model(job))})
        raise SpaceNumError(f"--model {asked.model}: is not behind {asked.path}; {', '.join(models) or 'no model'} is")
    items = _items(behind, asked.item) if asked.item else {}
    if shards := {wildcards(file).get("shard") for item in items.values() for file in _frames_of(item, behind)}:
        behind = [job for job in behind if wildcards(job.path).get("shard") in {None, *shards}]
    yield from _number(asked, cell)
    yield from (f"  note: {said}" for said in jobs.changed(behind))
    for rule, made in _by_rule(behind).items():
        yield from _of_rule(rule, made)
    if cell and not items:
        yield from _scores(behind, cell)
    for file, item in items.items():
        yield from _told(file, item)
    if asked.item:
        yield from _replies(asked.item, behind)
    yield ""
    yield "To rebuild what has changed of it, and to rebuild all of it:"
    start = shlex.join(["snakemake", "--cores", "all", *asked.options])
    yield f"  {start} -- {asked.path}"
    yield f"  {start} --forceall -- {asked.path}"


def _model(job: PastJob) -> str | None:
    return wildcards(job.path).get("model")


def _cell_of(item: str | None) -> str | None:
    """Of our own items; variants add to their ids, and those of other benchmarks have no cell."""
    return next((cell for cell in CELLS if item and item.startswith(f"{cell}.")), None)


def _number(asked: LineageQuery, cell: str | None) -> Iterator[str]:
    """The number itself, if the file is a table with a row of the model and a column of the cell."""
    yield asked.path
    if asked.path.endswith(".csv") and asked.model and cell and Path(asked.path).is_file():
        table = pd.read_csv(asked.path)
        if {"model", cell} <= {*table.columns}:
            for _, row in table[table["model"] == asked.model].iterrows():
                yield f"  {asked.model}, {cell}: {row[cell]:.10g}"


def _by_rule(behind: Sequence[PastJob]) -> dict[str, list[PastJob]]:
    found: dict[str, list[PastJob]] = {}
    for job in behind:
        found.setdefault(job.meta.rule, []).append(job)
    return found


def _of_rule(rule: str, made: Sequence[PastJob]) -> Iterator[str]:
    yield ""
    codes = ", ".join(sorted({job.meta.code for job in made}))
    yield f"rule {rule}, code {codes}"
    for job in made[:SHOWN]:
        yield f"  {job.path}  sha256 {job.meta.outputs.get(str(job.path), '?')[:16]}"
        yield from (f"    {line}" for line in _details(job))
    if len(made) > SHOWN:
        yield f"  and {len(made) - SHOWN} more"
    versions = Counter(", ".join(f"{name} {what}" for name, what in job.meta.versions.items()) for job in made)
    yield from (f"  made with {said}" for said in versions if said)


def _details(job: PastJob) -> Iterator[str]:
    params: dict[str, Any] = job.meta.params if isinstance(job.meta.params, dict) else {}
    if job.meta.rule == paths.SCENES.name and job.path.is_file():
        seeds = [f"{scene.id} {scene.seed}" for scene in read_jsonl(job.path, SCENE) if hasattr(scene, "seed")]
        yield f"seeds: {', '.join(seeds)}"
    if job.meta.engine:
        yield f"rendered by {job.meta.engine}, settings {params.get('settings')}"
    if job.meta.rule == paths.ITEMS.name and "seed" in params:
        yield f"seed {params['seed']}"
    if job.meta.rule in (paths.ANSWERS.name, paths.ANSWERS_PART.name):
        config = params.get("config") or {}
        told = job.meta.notes.get("model") or {}
        checkpoint = told.get("checkpoint") or config.get("checkpoint")
        revision = told.get("revision") or config.get("revision")
        where = f", checkpoint {checkpoint} at {revision}" if checkpoint else ""
        yield f"mode {params.get('mode')}, backend {config.get('backend')}{where}, seed {params.get('seed')}"


def _scores(behind: Sequence[PastJob], cell: str) -> Iterator[str]:
    for job in behind:
        if job.meta.rule == paths.SCORES.name:
            rows = [row for row in read_records(job.path, ScoreRow) if row.cell == cell]
            yield ""
            mean = 100 * sum(row.score for row in rows) / len(rows) if rows else float("nan")
            yield f"{job.path}: {len(rows)} items of {cell}, mean score {mean:.10g}"
            yield from (f"  {row.item}  {row.outcome}" for row in rows)


def _items(behind: Sequence[PastJob], item: str) -> dict[Path, AnyItem]:
    """The item by file: variants have the ids of their base."""
    files = [job.path for job in behind if "split" in wildcards(job.path) and job.path.suffix == ".jsonl"]
    found = {file: known for file in files for known in read_jsonl(file, ASKED_ITEM) if known.id == item}
    if not found:
        raise SpaceNumError(f"--item {item[:80]}: is in none of {', '.join(map(str, files)) or 'the items behind it'}")
    return found


def _frames_of(item: AnyItem, behind: Sequence[PastJob]) -> list[str]:
    """The frames' files whose images an item shows."""
    images = [part.image for part in item.prompt if isinstance(part, Image)]
    files = [str(job.path) for job in behind if "shard" in wildcards(job.path) and job.meta.engine]
    return [file for file in files if any(image.startswith(f"{Path(file).parent}/") for image in images)]


def _told(file: Path, item: AnyItem) -> Iterator[str]:
    yield ""
    yield f"{item.id}, as asked ({file}):"
    for part in message_parts(item.prompt):
        if isinstance(part, Image):
            path = Path(part.image)
            yield f"  <{path}  sha256 {sha256_of(path)[:16] if path.is_file() else 'missing'}>"
        else:
            yield from (f"  {line}" for line in part.text.splitlines())
    yield f"  right: {item.answer}"


def _replies(item: str, behind: Sequence[PastJob]) -> Iterator[str]:
    for job in behind:
        if job.meta.rule == paths.ANSWERS.name:
            for answer in read_jsonl(job.path, Answer):
                if answer.item == item:
                    yield from _reply(job.path, answer)


def _reply(file: Path, answer: Answer) -> Iterator[str]:
    yield ""
    letter = f", letter {answer.letter}" if answer.letter else ""
    reason = f" ({answer.reason})" if answer.reason else ""
    yield f"{wildcards(file).get('model')}: {answer.outcome}{letter}{reason}; its reply ({file}):"
    yield from (f"  {line}" for line in (answer.reply or "").splitlines())
