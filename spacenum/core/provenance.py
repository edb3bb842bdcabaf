"""Where every file comes from: atomic writes, JSON Lines, hashes of files and of code,
and the meta file beside results."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.owners import left_behind, owner, remove
from spacenum.core.reading import parse_json
from spacenum.core.versions import loaded_versions

T = TypeVar("T")
LONGEST_KEY, LONGEST_PROBLEM = 200, 500
"""Characters of what is said of a key that can't be: both may come from a file."""
CHECKSUM = "checksum"
"""The key of a meta file under which a hash of all others stands; files of before have none."""
_PACKAGE = Path(__file__).resolve().parents[1]
PROJECT = _PACKAGE.parent if (_PACKAGE.parent / "Snakefile").is_file() else _PACKAGE / "project"
"""The project's folder: a clone, or, in an installed wheel, its copies of ``config`` and ``published``."""


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
    handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=".part" + path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        _publishes.get()(path)
        os.replace(temporary, path)
    except OSError as error:
        _name(error, [path])
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """The same for a folder: all of its files appear at once, under ``path``, or none do."""
    with atomic_folders([path]) as (temporary,):
        yield temporary


@contextmanager
def atomic_folders(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """The same for several folders: if one can't take its place, those of before are put back."""
    made: dict[Path, Path] = {}
    try:
        for path in paths:
            _tidy(path)
            made[_beside(path)] = path
        yield list(made)
        for temporary, path in made.items():
            temporary.chmod(0o755)
            _publishes.get()(path)
        _take_places(made)
    except OSError as error:
        _name(error, paths)
        raise
    finally:
        for temporary in made:
            shutil.rmtree(temporary, ignore_errors=True)


def _take_places(made: Mapping[Path, Path]) -> None:
    """Move folders to where they belong. Those of before are moved away first, and removed last: in between another
    writer may be faster, whose folder is then replaced too."""
    before: dict[Path, list[Path]] = {path: [] for path in made.values()}
    try:
        for temporary, path in made.items():
            while not _moved(temporary, path):
                before[path].append(_beside(path))
                with suppress(FileNotFoundError):  # another writer was faster
                    os.replace(path, before[path][-1])
    except BaseException:  # a user may interrupt it
        for temporary, path in made.items():
            if not temporary.exists():
                os.replace(path, temporary)
            if before[path] and not path.exists():
                os.replace(before[path].pop(0), path)
        raise
    finally:
        for old in [old for several in before.values() for old in several]:
            shutil.rmtree(old, ignore_errors=True)


def _moved(folder: Path, path: Path) -> bool:
    """Whether a folder took a place, which it can if that is free."""
    try:
        os.replace(folder, path)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        return False
    return True


def _prefix(path: Path) -> str:
    return f".{path.name}.{owner()}."


def _beside(path: Path) -> Path:
    """A new folder of this process beside ``path``."""
    return Path(tempfile.mkdtemp(prefix=_prefix(path), suffix=".part", dir=path.parent))


def _name(error: OSError, paths: Iterable[Path]) -> None:
    """Let an error that names no file (a full disk), or a temporary one, name the path that this stands for. A copy's
    has two files, the one that is written last."""
    written = error.filename2 or error.filename
    for path in paths:
        if not written or os.path.abspath(written).startswith(os.path.abspath(path.parent / _prefix(path))):
            error.filename, error.filename2 = str(path), None
            return


def _tidy(path: Path) -> None:
    """Make the parent folder, and remove what killed writers left there. What another process writes, here or on
    another host, is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in left_behind(path.parent, ".*.part*"):
        remove(left)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` in UTF-8, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_jsonl(path: Path, records: Iterable[BaseModel]) -> None:
    """Write one JSON object a line, atomically, each as it comes."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(f"{record.model_dump_json()}\n" for record in records)


def read_jsonl(path: Path, kind: type[T] | TypeAdapter[T], remedy: str | None = None) -> list[T]:
    """All records of ``each_of_jsonl``."""
    return [*each_of_jsonl(path, kind, remedy)]


def each_of_jsonl(path: Path, kind: type[T] | TypeAdapter[T], remedy: str | None = None) -> Iterator[T]:
    """Read and validate JSON Lines, one at a time; SpaceNumError names the file, the line and the key that is wrong.
    remedy: what would mend a damaged file that no rule makes anew."""
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):  # not splitlines: text may hold other line separators
                yield record_of_line(path, number, line, adapter, remedy)
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such file; {remedy or anew(path)}") from None
    except UnicodeDecodeError as error:
        raise SpaceNumError(f"{path}: not UTF-8 text ({error}); {remedy or anew(path)}") from None


def record_of_line(path: Path, number: int, line: str | bytes, adapter: TypeAdapter[T], remedy: str | None = None) -> T:
    """The record that a line of a file holds."""
    try:
        return adapter.validate_json(line)
    except ValidationError as error:
        raise SpaceNumError(f"{path}, line {number}: {first_problem(error)}; {remedy or anew(path)}") from None


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


def read_meta(path: Path) -> Meta:
    """A meta file, by its own path. FileNotFoundError if there is none, SpaceNumError if it isn't what was written."""
    with suppress(IsADirectoryError, SpaceNumError, ValidationError, UnicodeDecodeError):
        told = parse_json(path.read_bytes().decode(), path)
        if isinstance(told, dict) and told.pop(CHECKSUM, None) in (None, _checksum(told)):
            return Meta.model_validate(told)
    raise SpaceNumError(f"{path} is damaged")


def _checksum(told: Mapping[str, Any]) -> str:
    """A hash of all that a meta file says, whatever its layout."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def write_meta(
    rule: str,
    params: Any,
    code: str,
    inputs: Mapping[str, str],
    outputs: Iterable[Path],
    engine: str = "",
    notes: Mapping[str, Any] | None = None,
    shown: str = "",
    folder: Path | None = None,
) -> None:
    """Write the meta file beside the first of ``outputs``; paths are kept as given, relative to the study. inputs:
    SHA-256 by path. folder: where all of them lie until they take their places."""
    lies = {path: folder / path.name if folder else path for path in outputs}
    meta = Meta(
        rule=rule,
        params=params,
        code=code,
        inputs=dict(sorted(inputs.items())),
        outputs={str(path): sha256_of(now) for path, now in lies.items()},
        engine=engine,
        versions=loaded_versions(),
        shown=shown,
        notes=dict(notes or {}),
    )
    told = json.loads(meta.model_dump_json(exclude_defaults=True))
    text = json.dumps(told | {CHECKSUM: _checksum(told)}, indent=1, ensure_ascii=False)
    write_text(meta_path(next(iter(lies.values()))), text + "\n")


def digest(data: Mapping[str, Any] | list[Any] | str) -> str:
    """Short stable hash of plain data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def digest_of_each(data: Iterable[Any]) -> str:
    """``digest`` of a list, of which one element is held at a time."""
    found = hashlib.sha256(b"[")
    for number, one in enumerate(data):
        found.update((", " if number else "").encode() + json.dumps(one, sort_keys=True).encode())
    found.update(b"]")
    return found.hexdigest()[:16]


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
