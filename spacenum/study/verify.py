"""Do the files of a study still follow from its config and code? Asks the meta files only,
so it works without .snakemake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job
from spacenum.core.provenance import Meta, meta_path, read_jsonl, sha256_of
from spacenum.external.base import ExternalQuestion
from spacenum.frames.records import FrameRecord
from spacenum.study import paths
from spacenum.study.paths import StudyOutput
from spacenum.study.study import Study


@dataclass(frozen=True)
class CheckedOutput:
    """An output that exists, with its meta file if that can be read, and why it can't be trusted (none: it can)."""

    output: StudyOutput
    meta: Meta | None
    reasons: list[str]

    @cached_property
    def files(self) -> set[str]:
        """All files that its job made."""
        return {*self.output.files, *(self.meta.outputs if self.meta else ())}


def verify(study: Study, root: Path) -> list[CheckedOutput]:
    """Each output of the study that exists below ``root``."""
    hashes: dict[Path, str | None] = {}
    found = []
    for output in study.outputs():
        if (root / output.path).exists() or (root / meta_path(output.path)).exists():
            meta, problem = _read_meta(root, meta_path(output.path))
            reasons = [*_reasons(root, output, meta, hashes)] if meta else [problem]
            found.append(CheckedOutput(output, meta, reasons))
    return found


def _read_meta(root: Path, path: Path) -> tuple[Meta | None, str]:
    try:
        return Meta.model_validate_json((root / path).read_text(encoding="utf-8")), ""
    except FileNotFoundError:
        return None, "has no meta file"
    except (ValidationError, UnicodeDecodeError, OSError):
        return None, f"{path} is damaged"


def _reasons(root: Path, output: StudyOutput, meta: Meta, hashes: dict[Path, str | None]) -> Iterator[str]:
    if output.job:
        yield from _job_differs(output.job, meta)
    for kind, files in (("input", meta.inputs), ("file", meta.outputs | _images(root, output))):
        for name, digest in files.items():
            path = root / name
            if path not in hashes:
                hashes[path] = sha256_of(path) if path.is_file() else None
            if hashes[path] != digest:
                yield f"its {kind} {name} {'is missing' if hashes[path] is None else 'has changed since'}"


def _job_differs(job: Job, meta: Meta) -> Iterator[str]:
    expected = job.params.model_dump(mode="json")
    if meta.params != expected:
        yield f"made with other parameters: {first_difference(meta.params, expected)}"
    if meta.code != job.code:
        yield "made by other code"
    files = {path for pairs in job.named.values() for _, path in pairs}
    yield from (f"made without {path}, which is an input now" for path in sorted(files - set(meta.inputs)))
    kinds = {path.split("/")[1] for path in files if path.startswith("results/")}
    given = {path for path in meta.inputs if path.startswith("results/") and path.split("/")[1] in kinds}
    yield from (f"made from {path}, which is no input any more" for path in sorted(given - files))


def _images(root: Path, output: StudyOutput) -> dict[str, str]:
    """The images that a shard's or a variant's frames name, with their hashes;
    none if the frames themselves can't be read."""
    if output.rule == paths.EXTERNAL_QUESTIONS.name:
        return _named_by_content(root / output.path)
    records = {
        paths.FRAMES.name: output.path,
        paths.RERENDER.name: output.path,
        paths.VARIANT.name: output.path.with_suffix(".frames.jsonl"),
    }.get(output.rule)
    if records is None:
        return {}
    try:
        frames = read_jsonl(root / records, FrameRecord)
    except SpaceNumError:
        return {}
    return {file: digest for f in frames for file, digest in zip((f.image, f.depth, f.ids), f.sha256, strict=True)}


def _named_by_content(path: Path) -> dict[str, str]:
    """The images that an external benchmark's questions show, whose names are their hashes."""
    try:
        questions = read_jsonl(path, ExternalQuestion)
    except SpaceNumError:
        return {}
    return {image: Path(image).stem for question in questions for image in question.images}


@dataclass(frozen=True)
class Remedy:
    """What Snakemake is to be told: outputs to make anew, and targets that bring what follows from them up to date."""

    forced: list[str]
    targets: list[str]


def remedy(checked: Sequence[CheckedOutput]) -> Remedy:
    """How to mend what ``verify`` found: without it, what follows from a file made anew would be stale next."""
    readers = _readers(checked)
    forced = [place for place, one in enumerate(checked) if one.reasons and one.output.job]
    reached = dict.fromkeys(forced)
    queue = list(forced)
    for place in queue:
        found = [reader for reader in readers[place] if reader not in reached]
        reached |= dict.fromkeys(found)
        queue += found
    ends = [place for place in reached if not readers[place] & reached.keys() - {place}]
    return Remedy(*([str(checked[place].output.path) for place in places] for places in (forced, ends)))


def _readers(checked: Sequence[CheckedOutput]) -> list[set[int]]:
    """For each output the places of those that were made from it."""
    makers = {file: place for place, one in enumerate(checked) for file in one.files}
    readers: list[set[int]] = [set() for _ in checked]
    for place, one in enumerate(checked):
        for file in one.meta.inputs if one.meta else ():
            if file in makers:
                readers[makers[file]].add(place)
    return readers


def first_difference(was: Any, now: Any, key: str = "") -> str:
    """The first key at which two parameter blocks differ."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted(set(was) | set(now)):
            if was.get(name) != now.get(name):
                return first_difference(was.get(name), now.get(name), f"{key}.{name}" if key else name)
    if isinstance(was, list) and isinstance(now, list):
        for index, (a, b) in enumerate(zip(was, now, strict=False)):
            if a != b:
                return first_difference(a, b, f"{key}.{index}")
        return f"{key} had {len(was)} entries, has {len(now)}"
    return f"{key} was {str(was)[:60]}, is {str(now)[:60]}"
