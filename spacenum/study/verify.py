"""Do the files of a study still follow from its config and code? Asks the meta files only, so it works without .snakemake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job
from spacenum.core.provenance import Meta, meta_path, read_jsonl, sha256_of
from spacenum.external.base import ExternalQuestion
from spacenum.frames.records import FrameRecord
from spacenum.study.study import Study


@dataclass(frozen=True)
class Problem:
    """Why an output can't be trusted."""

    output: Path
    rule: str
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} (rule {self.rule})"


def verify(study: Study, root: Path) -> Iterator[tuple[Path, list[Problem]]]:
    """Each output of the study that exists below ``root``, with its problems (none: it is what it should be)."""
    hashes: dict[Path, str | None] = {}
    for output, job in study.outputs():
        if (root / output).exists() or (root / meta_path(output)).exists():
            yield output, [Problem(output, job.rule, reason) for reason in _reasons(root, output, job, hashes)]


def _reasons(root: Path, output: Path, job: Job, hashes: dict[Path, str | None]) -> Iterator[str]:
    try:
        meta = Meta.model_validate_json((root / meta_path(output)).read_text())
    except FileNotFoundError:
        yield "has no meta file"
        return
    except ValidationError:
        yield f"{meta_path(output)} is damaged"
        return
    expected = job.params.model_dump(mode="json")
    if meta.params != expected:
        yield f"made with other parameters: {first_difference(meta.params, expected)}"
    if meta.code != job.code:
        yield "made by other code"
    for kind, files in (("input", meta.inputs), ("file", meta.outputs | _images(root, output, job))):
        for name, digest in files.items():
            path = root / name
            if path not in hashes:
                hashes[path] = sha256_of(path) if path.is_file() else None
            if hashes[path] != digest:
                yield f"its {kind} {name} is {'missing' if hashes[path] is None else 'another than then'}"


def _images(root: Path, output: Path, job: Job) -> dict[str, str]:
    """The images that a shard's or a variant's frames name, with their hashes; none if the frames themselves can't be read."""
    if job.rule == "external_questions":
        return _named_by_content(root, output)
    if job.rule not in ("frames", "rerender", "variant"):
        return {}
    try:
        records = output.with_suffix(".frames.jsonl") if job.rule == "variant" else output
        frames = read_jsonl(root / records, FrameRecord)
    except SpaceNumError:
        return {}
    return {file: digest for f in frames for file, digest in zip((f.image, f.depth, f.ids), f.sha256, strict=True)}


def _named_by_content(root: Path, output: Path) -> dict[str, str]:
    """The images that an external benchmark's questions show, whose names are their hashes."""
    try:
        questions = read_jsonl(root / output, ExternalQuestion)
    except SpaceNumError:
        return {}
    return {image: Path(image).stem for question in questions for image in question.images}


def first_difference(was: Any, now: Any, key: str = "") -> str:
    """The first key at which two parameter blocks differ."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in sorted(set(was) | set(now)):
            if was.get(name) != now.get(name):
                return first_difference(was.get(name), now.get(name), f"{key}.{name}" if key else name)
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for index, (a, b) in enumerate(zip(was, now, strict=True)):
            if a != b:
                return first_difference(a, b, f"{key}.{index}")
    return f"{key} was {str(was)[:60]}, is {str(now)[:60]}"
