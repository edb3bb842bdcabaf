"""Do the files of a study still follow from its config and code? Asks the meta files and the rules,
so it works without .snakemake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from spacenum.asking.ask import UNKNOWN_REPLIES
from spacenum.asking.store import recorded_hash, shown_by
from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job
from spacenum.core.provenance import Meta, meta_path, read_jsonl, read_meta, sha256_of
from spacenum.core.versions import differing
from spacenum.external.base import ExternalQuestion
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import ASKED_ITEM
from spacenum.study import paths
from spacenum.study.paths import StudyOutput
from spacenum.study.rules import JobInputs
from spacenum.study.study import Study


@dataclass(frozen=True)
class CheckedOutput:
    """An output that exists, with its meta file if that can be read, and why it can't be trusted (none: it can).

    inputs: of its job as it is now.
    """

    output: StudyOutput
    meta: Meta | None
    reasons: list[str]
    inputs: frozenset[str] = frozenset()

    @cached_property
    def files(self) -> set[str]:
        """All files that its job made."""
        return {*self.output.files, *(self.meta.outputs if self.meta else ())}

    @property
    def notes(self) -> list[str]:
        """What is no reason to make it anew, but good to know: by which other versions it was made."""
        if not self.meta:
            return []
        other = differing(self.meta.versions)
        notes = [f"made by {package} {was}, here is {here}" for package, (was, here) in other.items()]
        notes += [] if self.meta.versions else ["made by unknown versions"]
        return notes + (["has replies of unknown versions"] if self.meta.notes.get(UNKNOWN_REPLIES) else [])


def existing(study: Study, root: Path) -> list[StudyOutput]:
    """The outputs of the study of which there is something below ``root``."""
    there = lambda path: (root / path).exists()  # noqa: E731
    return [one for one in study.outputs() if there(one.path) or there(meta_path(one.path))]


def verify(outputs: Sequence[StudyOutput], root: Path, inputs: Mapping[Path, JobInputs]) -> list[CheckedOutput]:
    """Each of the outputs, which exist below ``root``. inputs: of the job of each that has one, as they are now."""
    return [*_Verifier(root, outputs, inputs).checked()]


@dataclass(frozen=True)
class _Verifier:
    root: Path
    outputs: Sequence[StudyOutput]
    inputs: Mapping[Path, JobInputs]
    _hashes: dict[Path, str | None] = field(default_factory=dict)

    def checked(self) -> Iterator[CheckedOutput]:
        for output in self.outputs:
            meta, problem = _read_meta(self.root, meta_path(output.path))
            reasons = [*self._reasons(output, meta)] if meta else [problem]
            yield CheckedOutput(output, meta, reasons, frozenset(self._inputs(output)))

    def _inputs(self, output: StudyOutput) -> list[str]:
        return [path for paths in self.inputs.get(output.path, {}).values() for path in paths]

    def _reasons(self, output: StudyOutput, meta: Meta) -> Iterator[str]:
        if output.job:
            yield from _job_differs(output.job, meta)
            yield from _inputs_differ({*self._inputs(output)}, {*meta.inputs})
        for kind, files in (("input", meta.inputs), ("file", meta.outputs | self._images.get(output.path, {}))):
            for name, digest in files.items():
                if kind == "file" and not _within(name):
                    yield f"its {kind} {name} lies outside of the study"
                elif (found := self._hash(self.root / name)) != digest:
                    yield f"its {kind} {name} {'is missing' if found is None else 'has changed since'}"
        for items in self.inputs.get(output.path, {}).get("items_file", []) if meta.shown else ():
            same = meta.inputs.get(items) == self._hash(self.root / items)
            if same and self._shown_now(items) not in (None, meta.shown):
                yield f"made with other texts or images than those of {items}"

    def _hash(self, path: Path) -> str | None:
        if path not in self._hashes:
            try:
                self._hashes[path] = sha256_of(path) if path.is_file() else None  # never a device, which has no end
            except (OSError, ValueError):  # a damaged meta file may name anything
                self._hashes[path] = None
        return self._hashes[path]

    @cached_property
    def _images(self) -> dict[Path, dict[str, str]]:
        """By output the images that its records name, with their hashes."""
        return {output.path: _images(self.root, output) for output in self.outputs}

    @cached_property
    def _recorded(self) -> dict[str, str]:
        return {image: digest for images in self._images.values() for image, digest in images.items()}

    @cached_property
    def _shown_now(self) -> Callable[[str], str | None]:
        """What the items of a file show, by the recorded hashes of their images; None if it can't be read."""

        @cache
        def shown(items: str) -> str | None:
            try:
                asked = read_jsonl(self.root / items, ASKED_ITEM)
            except SpaceNumError:
                return None
            return shown_by(asked, lambda image: recorded_hash(image, self._recorded))

        return shown


def _read_meta(root: Path, path: Path) -> tuple[Meta | None, str]:
    try:
        return read_meta(root / path), ""
    except FileNotFoundError:
        return None, "has no meta file"
    except (SpaceNumError, OSError):
        return None, f"{path} is damaged"


def _within(name: str) -> bool:
    """Whether a path leads to no place outside of the study's folder; that a folder in it is a link is its user's
    choice."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _job_differs(job: Job, meta: Meta) -> Iterator[str]:
    expected = job.params.model_dump(mode="json")
    if meta.params != expected:
        yield f"made with other parameters: {first_difference(meta.params, expected)}"
    if meta.code != job.code:
        yield "made by other code"


def _inputs_differ(now: set[str], then: set[str]) -> Iterator[str]:
    yield from (f"made without {path}, which is an input now" for path in sorted(now - then))
    yield from (f"made from {path}, which is no input any more" for path in sorted(then - now))


def _images(root: Path, output: StudyOutput) -> dict[str, str]:
    """The images that a shard's or a variant's frames name, with their hashes; none if the frames themselves can't be
    read."""
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
    """What Snakemake is to be told: outputs to make anew, and targets that bring what follows from them up to date.
    following: outputs that are not to be trusted only because of those that they follow from."""

    forced: list[str]
    targets: list[str]
    following: list[str]


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
    following = sorted(reached.keys() - set(forced))
    return Remedy(*([str(checked[place].output.path) for place in places] for places in (forced, ends, following)))


def _readers(checked: Sequence[CheckedOutput]) -> list[set[int]]:
    """For each output the places of those that were made from it, or would be now."""
    makers = {file: place for place, one in enumerate(checked) for file in one.files}
    readers: list[set[int]] = [set() for _ in checked]
    for place, one in enumerate(checked):
        for file in {*one.inputs, *(one.meta.inputs if one.meta else ())}:
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
