"""Which files stand behind a file, by the meta files that their jobs wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import Meta, anew, meta_path, read_meta, sha256_of
from spacenum.study import paths
from spacenum.study.paths import SnakemakeRule

KEPT = ("data", "results")
"""The folders of a study whose files have meta files."""


@dataclass(frozen=True, kw_only=True)
class PastJob:
    """A job that was run. path: its first output, beside which its meta file stands."""

    path: Path
    meta: Meta


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """Which of the inputs to follow: only those of one model, of one setting, of one shard; None: all."""

    model: str | None = None
    setting: str | None = None
    shard: str | None = None

    def takes(self, path: str) -> bool:
        """Whether a file is one of these, or of no model, setting or shard in particular."""
        found = _wildcards(path)
        return all(
            wanted is None or found.get(name, wanted) == wanted
            for name, wanted in (("model", self.model), ("setting", self.setting), ("shard", self.shard))
        )


class Jobs:
    """All jobs that left a meta file in a study's folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._makers: dict[str, Path] = {}
        for folder in KEPT:
            for path in sorted((root / folder).rglob("*.meta.json")):
                first = path.relative_to(root).with_name(path.name.removesuffix(".meta.json"))
                self._makers.setdefault(str(first), first)
                with suppress(SpaceNumError):  # a damaged one matters if it is behind what is asked for
                    self._makers |= {name: first for name in read_meta(path).outputs if name not in self._makers}

    def maker(self, path: str) -> PastJob | None:
        """The job that made a file of the study; None if none did. SpaceNumError if its meta file is damaged."""
        first = self._makers.get(path)
        try:
            return None if first is None else PastJob(path=first, meta=read_meta(self._root / meta_path(first)))
        except SpaceNumError as error:
            raise SpaceNumError(f"{error}; {anew(path)}") from None

    def behind(self, path: str, narrowed: Narrowed) -> list[PastJob]:
        """The job of a file and all jobs behind it, each before those that it rests on; SpaceNumError if no job made
        the file."""
        first = self.maker(path)
        if first is None:
            raise SpaceNumError(
                f"{path}: no meta file in {' and '.join(KEPT)} of this folder says how it was made; run the study "
                "first, add --directory, or name an output by its path in the study, such as results/main_table.csv"
            )
        found: dict[Path, PastJob] = {}
        self._follow(first, narrowed, found)
        return [*found.values()][::-1]

    def changed(self, behind: Sequence[PastJob]) -> Iterator[str]:
        """What no longer follows, in sentences: files that are missing or changed, and inputs that were made anew."""
        for job in behind:
            for name, written in job.meta.outputs.items():
                file = self._root / name
                if not file.is_file():
                    yield f"{name} is missing"
                elif sha256_of(file) != written:
                    yield f"{name} is not what its job wrote"
            for name, read in job.meta.inputs.items():
                maker = self.maker(name)
                if maker is not None and maker.meta.outputs.get(name, read) != read:
                    yield f"{job.path} was made from another {name} than there is now"

    def _follow(self, job: PastJob, narrowed: Narrowed, found: dict[Path, PastJob]) -> None:
        """Add what stands behind ``job``, then itself."""
        for name in sorted(job.meta.inputs):
            maker = self.maker(name) if narrowed.takes(name) else None
            if maker is not None and maker.path not in found:
                self._follow(maker, narrowed, found)
        found[job.path] = job


_RULES: tuple[SnakemakeRule, ...] = (
    paths.SCORES,
    paths.ANSWERS,
    paths.ANSWERS_PART,
    paths.FRAMES,
    paths.RERENDER,
    paths.SCENES,
)


@cache
def _patterns() -> list[re.Pattern[str]]:
    return [*map(_pattern, _every_pattern())]


def _every_pattern() -> Iterator[str]:
    for rule in _RULES:
        for output in rule.outputs.values():
            yield from [output] if isinstance(output, str) else output
    yield paths.VARIANT.of("items_file", split="{split}", variant="{variant}", setting="{setting}")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(text)))


@cache
def _wildcards(path: str) -> dict[str, str]:
    """Model, setting, shard and so on of a file, as its path has them; empty for others."""
    matches = (pattern.fullmatch(path) for pattern in _patterns())
    return next((match.groupdict() for match in matches if match), {})


def wildcards(path: str | Path) -> dict[str, str]:
    """Model, mode, setting, variant, shard of a file, as far as its path has them."""
    return _wildcards(str(path))
