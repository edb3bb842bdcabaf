"""Where every file comes from: atomic writes, JSON Lines, hashes of files and of code,
and the meta file beside results."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from glob import escape
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.versions import loaded_versions

T = TypeVar("T")
LONGEST_KEY, LONGEST_PROBLEM = 200, 500
"""Characters of what is said of a key that can't be: both may come from a file."""
PROJECT = Path(__file__).resolve().parents[2]


Publishes = Callable[[Path], None]
"""Asked before a finished file takes its place; raises if it may not."""
_publishes: ContextVar[Publishes] = ContextVar("publishes", default=lambda path: None)


@contextmanager
def publishing(allowed: Publishes) -> Iterator[None]:
    """Within the block, ``allowed`` is asked before any finished file or folder takes its place."""
    token = _publishes.set(allowed)
    try:
        yield
    finally:
        _publishes.reset(token)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well, and vanishes when it doesn't."""
    _tidy(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part" + path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        _publishes.get()(path)
        os.replace(temporary, path)
    except OSError as error:
        _name(error, path, temporary)
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """The same for a folder: all of its files appear at once, under ``path``, or none do."""
    _tidy(path)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        _publishes.get()(path)
        if path.exists():
            shutil.rmtree(path)
        os.replace(temporary, path)
    except OSError as error:
        _name(error, path, temporary)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _name(error: OSError, path: Path, temporary: Path) -> None:
    """Let an error that names no file (a full disk), or the temporary one, name ``path``. A copy's has two files, the
    one that is written last."""
    written = error.filename2 or error.filename
    if not written or str(written).startswith(str(temporary)):
        error.filename, error.filename2 = str(path), None


def _tidy(path: Path) -> None:
    """Make the parent folder, and remove what a killed writer of ``path`` left there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(
        f".{escape(path.name)}.{'?' * 8}.part*"
    ):  # tempfile's names; not those of a longer path
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` in UTF-8, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_jsonl(path: Path, records: Iterable[BaseModel]) -> None:
    """Write one JSON object a line, atomically."""
    write_text(path, "".join(record.model_dump_json() + "\n" for record in records))


def read_jsonl(path: Path, kind: type[T] | TypeAdapter[T], remedy: str | None = None) -> list[T]:
    """Read and validate JSON Lines; SpaceNumError names the file, the line and the key that is wrong. remedy: what
    would mend a damaged file that no rule makes anew."""
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    records = []
    try:
        with path.open(encoding="utf-8") as file:
            lines = list(file)  # not splitlines: text may hold other line separators
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such file; {remedy or anew(path)}") from None
    except UnicodeDecodeError as error:
        raise SpaceNumError(f"{path}: not UTF-8 text ({error}); {remedy or anew(path)}") from None
    for number, line in enumerate(lines, start=1):
        try:
            records.append(adapter.validate_json(line))
        except ValidationError as error:
            raise SpaceNumError(f"{path}, line {number}: {first_problem(error)}; {remedy or anew(path)}") from None
    return records


def images_anew(image: Path) -> str:
    """The same for an image: rules make whole folders of them."""
    return anew(image.parent)


def anew(output: Path | str) -> str:
    """What makes an output, or all of a rule's, anew. Deleting it would not:
    Snakemake makes no file again on which finished ones rest."""
    return f"add '--forcerun {output}' to the snakemake command, which makes it anew"


def first_problem(error: ValidationError) -> str:
    """The first thing that pydantic objects to, as 'key: what is wrong (got …)'."""
    problem = error.errors()[0]
    if problem["type"] == "json_invalid":
        return f"not valid JSON ({problem['ctx']['error']})"
    key = ".".join(str(part) for part in problem["loc"])[:LONGEST_KEY] or "the whole entry"
    return f"{key}: {problem['msg'][:LONGEST_PROBLEM]} (got {str(problem['input'])[:80]!r})"


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Meta(BaseModel):
    """``<output>.meta.json``: what determined an output, so that it can be checked after ``.snakemake/`` is gone.

    inputs: as they were when the job started. engine: name and version of what rendered frames; other files have none.
    versions: of the packages that were loaded while it was made, none in files that are older than this key. shown: a
    hash of the texts and images that a model was shown. notes: what was found out while it was made (a model's commit,
    its self-test), for people: nothing compares it.
    """

    model_config = ConfigDict(extra="forbid")

    rule: str
    params: Any
    code: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    engine: str = ""
    versions: dict[str, str] = {}
    shown: str = ""
    notes: dict[str, Any] = {}


def meta_path(output: Path) -> Path:
    """Where an output's meta file stands: beside it."""
    return output.with_name(output.name + ".meta.json")


def hashes_of(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files, by path as given."""
    return {str(path): sha256_of(path) for path in paths}


def write_meta(
    rule: str,
    params: Any,
    code: str,
    inputs: Mapping[str, str],
    outputs: Iterable[Path],
    engine: str = "",
    notes: Mapping[str, Any] | None = None,
    shown: str = "",
) -> None:
    """Write the meta file beside the first of ``outputs``; paths are kept as given, relative to the study. inputs:
    SHA-256 by path."""
    outputs = list(outputs)
    meta = Meta(
        rule=rule,
        params=params,
        code=code,
        inputs=dict(sorted(inputs.items())),
        outputs=hashes_of(outputs),
        engine=engine,
        versions=loaded_versions(),
        shown=shown,
        notes=dict(notes or {}),
    )
    write_text(meta_path(outputs[0]), meta.model_dump_json(indent=1, exclude_defaults=True) + "\n")


def digest(data: Mapping[str, Any] | list[Any] | str) -> str:
    """Short stable hash of plain data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def stable_hash(text: str) -> int:
    """A 64-bit hash that is the same in every process, unlike ``hash``."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def code_hash(entry: Path, extra: Iterable[Path] = ()) -> str:
    """Hash of a script and of all modules of this project that it imports, directly or through others.

    ``extra``: files that are loaded by name (plugins, templates); modules among them are followed too. Comments and
    layout count: bytes are compared, so nothing can change unseen.
    """
    files: set[Path] = set()
    queue = [entry.resolve(), *(path.resolve() for path in extra)]
    while queue:
        path = queue.pop()
        if path in files:
            continue
        files.add(path)
        if path.suffix == ".py":
            queue += _local_imports(path)
    named = sorted((str(path.relative_to(PROJECT)), _source_hash(path)) for path in files)
    return digest([list(pair) for pair in named])


@cache
def _source_hash(path: Path) -> str:
    return sha256_of(path)


@cache
def _local_imports(path: Path) -> tuple[Path, ...]:
    """Files of this project that a module imports, packages' ``__init__`` included."""
    names = imported_names(path.read_text(encoding="utf-8"))
    return tuple(file for name in names for file in _module_files(name))


_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]*(?P<names>\([^)]*\)|(?:\\\n|[^\n])*)"
    r"|import[ \t]+(?P<modules>[^\n]*))",
    re.MULTILINE,
)


def imported_names(source: str) -> list[str]:
    """Dotted names that a module's absolute imports may stand for: modules, and what is taken from them.

    By its text, which is several times faster than parsing it: every start of Snakemake reads all modules. A line of a
    docstring that reads as an import counts as one; that costs a rerun at most.
    """
    found: list[str] = []
    for match in _IMPORT.finditer(source):
        named = re.sub(r"#[^\n]*|[()\\]", " ", match["names"] or match["modules"] or "")
        words = [part.split()[0] for part in named.split(",") if part.split()]
        found += [match["module"], *(f"{match['module']}.{word}" for word in words)] if match["module"] else words
    return found


def _module_files(name: str) -> list[Path]:
    """The file of a dotted name and the ``__init__`` files above it; nothing for other projects' modules."""
    parts = name.split(".")
    if parts[0] not in ("spacenum", "paper_figures"):
        return []
    files = []
    for depth in range(1, len(parts) + 1):
        base = PROJECT.joinpath(*parts[:depth])
        files += [path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()]
    return files
