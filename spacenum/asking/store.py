"""The answer store: every reply that was paid for, kept so that none is asked twice.

One small file per unit of asking (a batch of whole families, or one family where replies don't depend on the batch),
named by a hash of everything that determines its replies: prompt texts, image bytes, letters, seed, decoding, the
model's identity, and versions of the packages that run it here. Files appear whole under their final name and never
change; each holds a checksum, so that a damaged one is noticed and asked again. No locks: several jobs, studies and
machines may share a folder, over a network too.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.core.errors import SpaceNumError
from spacenum.core.owners import left_behind, owner, remove
from spacenum.core.provenance import digest_of_each, images_anew, sha256_of
from spacenum.items.schema import AnyItem, Image, Text

FORMAT = 1
VARIABLE = "SPACENUM_ANSWER_STORE"
DEFAULT = Path("answer_store")
_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)
_PART = ".part"
NAMED_BY_HASH = re.compile(r"[0-9a-f]{64}")


class Header(BaseModel):
    """A file's first line: what its replies are, for people and for ``spacenum answers``, and the rest's checksum.

    model, mode: of the study that asked first. saved: in UTC. versions: of packages that the replies may change with;
    none: unknown, or of no account. sha256: of all bytes after this line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    model: str
    mode: str
    saved: datetime
    identity: dict[str, str]
    versions: dict[str, str] = Field(default_factory=dict)
    decoding: Decoding
    replies: int
    sha256: str


class StoredReply(BaseModel):
    """One reply: the item as its study called it, the key of its question, and what came back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    key: str
    reply: Reply


@dataclass(frozen=True)
class Label:
    """Who asks: part of no key, only what a file says of itself."""

    model: str
    mode: str


@dataclass(frozen=True)
class QuestionBatch:
    """Questions that are asked and kept together, with the keys of each and of all."""

    questions: tuple[Question, ...]
    keys: tuple[str, ...]

    @property
    def key(self) -> str:
        return hashlib.sha256("\n".join(self.keys).encode()).hexdigest()


class Contents:
    """What questions show, whatever their images are called: texts, and hashes of the images
    of ``root``, each read once.

    recorded: the hashes that images should have, by path. Those that are named by their hash say it themselves.
    """

    def __init__(self, root: Path, recorded: Mapping[str, str] | None = None) -> None:
        known = recorded or {}
        self.image: Callable[[str], str] = cache(lambda image: _sha256(root / image, recorded_hash(image, known)))

    def of(self, parts: Sequence[Text | Image]) -> list[dict[str, str]]:
        """Parts as plain data. SpaceNumError if an image is missing, or another than was recorded."""
        return as_data(parts, self.image)


def as_data(parts: Sequence[Text | Image], image_hash: Callable[[str], str]) -> list[dict[str, str]]:
    """Parts as plain data, images by their hashes."""
    return [{"text": part.text} if isinstance(part, Text) else {"sha256": image_hash(part.image)} for part in parts]


def recorded_hash(image: str, recorded: Mapping[str, str]) -> str:
    """The SHA-256 that an image should have; empty if that isn't known."""
    name = Path(image).stem
    return recorded.get(image) or (name if NAMED_BY_HASH.fullmatch(name) else "")


def shown_by(items: Iterable[AnyItem], image_hash: Callable[[str], str]) -> str:
    """A hash of all that items show: texts, and images by their hashes."""
    return digest_of_each([item.id, as_data(item.prompt, image_hash)] for item in items)


class Keys:
    """Makes keys of questions to one model in one decoding. versions: of packages that its replies may change with;
    none: as replies were kept before versions were known."""

    def __init__(
        self,
        identity: Mapping[str, str],
        decoding: Decoding,
        contents: Contents,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self._asked: dict[str, Any] = {"identity": dict(identity), "decoding": decoding.model_dump(mode="json")}
        self._asked |= {"versions": dict(versions)} if versions else {}
        self._contents = contents

    def unit(self, questions: Sequence[Question]) -> QuestionBatch:
        return QuestionBatch(tuple(questions), tuple(self._key(question) for question in questions))

    def _key(self, question: Question) -> str:
        parts = self._contents.of(question.parts)
        said = {"parts": parts, "letters": question.letters, "reasoning": question.reasoning, "seed": question.seed}
        said |= {"system": question.system} if question.system else {}
        return hashlib.sha256(json.dumps(said | self._asked, sort_keys=True).encode()).hexdigest()


def _sha256(image: Path, recorded: str) -> str:
    try:
        found = sha256_of(image)
    except FileNotFoundError:
        raise SpaceNumError(f"{image}: the image is missing; {images_anew(image)}") from None
    if recorded and found != recorded:
        raise SpaceNumError(f"{image} is not the image that was made: it has changed since; {images_anew(image)}")
    return found


def store_folder(environment: Mapping[str, str]) -> Path:
    """Where replies are kept: ``SPACENUM_ANSWER_STORE``, or ``answer_store`` in the study's folder."""
    return Path(environment.get(VARIABLE) or DEFAULT)


class AnswerStore:
    """The files below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        return self.root / "replies" / key[:2] / f"{key}.jsonl"

    def get(self, unit: QuestionBatch) -> list[Reply] | None:
        """The unit's replies, in its questions' order; None if they were never kept, or,
        with a warning, are damaged."""
        try:
            _, lines = read_file(self.path(unit.key))
        except FileNotFoundError:
            return None
        except SpaceNumError as error:
            print(f"spacenum: warning: {error}; its {len(unit.keys)} replies are asked again", file=sys.stderr)
            return None
        return [line.reply for line in lines] if tuple(line.key for line in lines) == unit.keys else None

    def put(
        self,
        unit: QuestionBatch,
        replies: Sequence[Reply],
        label: Label,
        identity: Mapping[str, str],
        decoding: Decoding,
        versions: Mapping[str, str] | None = None,
    ) -> list[Reply]:
        """Keep a unit's replies, and return those that are kept: if another job was faster, its own."""
        body = "".join(
            StoredReply(item=question.item, key=key, reply=_finite(reply)).model_dump_json() + "\n"
            for question, key, reply in zip(unit.questions, unit.keys, replies, strict=True)
        )
        header = Header(
            model=label.model, mode=label.mode, saved=datetime.now(UTC), identity=dict(identity),
            versions=dict(versions or {}), decoding=decoding, replies=len(replies),
            sha256=hashlib.sha256(body.encode()).hexdigest(),
        )  # fmt: skip
        path = self.path(unit.key)
        publish(path, f"{header.model_dump_json()}\n{body}".encode(), lambda: self.get(unit) is not None)
        kept = self.get(unit)
        if kept is None:
            raise SpaceNumError(
                f"{path}: what was written can't be read back; the file system of {self.root} loses data"
            )
        return kept

    def files(self) -> Iterator[Path]:
        """All files with replies, in a stable order."""
        yield from sorted((self.root / "replies").glob("??/*.jsonl"))

    def leftovers(self) -> list[Path]:
        """What killed writers left; a writer of another host may own the youngest of them."""
        return sorted(self.root.glob(f"**/*{_PART}"))


def read_file(path: Path) -> tuple[Header, list[StoredReply]]:
    """A file's header and lines; SpaceNumError if it is damaged, FileNotFoundError if there is none."""
    head, _, body = path.read_bytes().partition(b"\n")
    try:
        header = Header.model_validate_json(head)
        if hashlib.sha256(body).hexdigest() != header.sha256:
            raise SpaceNumError(f"{path} is damaged (its checksum is wrong)")
        return header, [StoredReply.model_validate_json(line) for line in body.splitlines()]
    except ValidationError:
        raise SpaceNumError(f"{path} is damaged (no valid lines)") from None


def read_header(path: Path) -> Header:
    """A file's first line alone; SpaceNumError if that is damaged."""
    with path.open("rb") as file:
        try:
            return Header.model_validate_json(file.readline())
        except ValidationError:
            raise SpaceNumError(f"{path} is damaged (no valid first line)") from None


def _finite(reply: Reply) -> Reply:
    """Without letters that have no probability: JSON knows no infinity."""
    logs = reply.letter_logprobs
    if logs is None:
        return reply
    return replace(reply, letter_logprobs={letter: log for letter, log in logs.items() if math.isfinite(log)})


def publish(path: Path, data: bytes, stands: Callable[[], bool] = lambda: False) -> None:
    """Make a file appear whole: written and synced under a name of its own, then linked,
    so that whoever comes first wins.

    stands: asked where there is a file already, or links are unknown: whether there is a good one, which then stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in left_behind(path.parent, f".*{_PART}"):
        remove(left)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:16]}.{owner()}.", suffix=_PART, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        try:
            os.link(name, path)
        except OSError:
            if not stands():
                os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
