"""One job's answers from those of the parts that asked its questions."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spacenum.asking.ask import REFUSED_NOTE, REPLIES_NOTE, UNKNOWN_REPLIES, VERSIONS_NOTE
from spacenum.asking.base import Answer
from spacenum.core.provenance import digest, each_of_jsonl, meta_path, read_meta
from spacenum.items.schema import AnyItem


def merged(items: Sequence[AnyItem], parts: Sequence[Path]) -> Iterator[Answer]:
    """The answers of all parts, in the order of one job: the items', then by repeat and rotation."""
    place = {item.id: number for number, item in enumerate(items)}
    return heapq.merge(
        *(each_of_jsonl(part, Answer) for part in parts),
        key=lambda answer: (place[answer.item], answer.repeat, answer.rotation),
    )


def merged_notes(parts: Sequence[Path]) -> dict[str, Any]:
    """What the meta files of the parts note, as that of one job: counts added up, of the hashes of all replies a
    hash, and of each package all versions."""
    noted = [read_meta(meta_path(part)).notes for part in parts]
    common: dict[str, Any] = {key: value for notes in noted for key, value in notes.items()}
    refused: Counter[str] = Counter()
    for notes in noted:
        refused.update(notes.get(REFUSED_NOTE, {}))
    summed: Mapping[str, Any] = {
        REPLIES_NOTE: digest([notes[REPLIES_NOTE] for notes in noted if REPLIES_NOTE in notes]),
        UNKNOWN_REPLIES: sum(notes.get(UNKNOWN_REPLIES, 0) for notes in noted),
        REFUSED_NOTE: dict(refused.most_common()),
        VERSIONS_NOTE: _versions([notes.get(VERSIONS_NOTE, {}) for notes in noted]),
    }
    return common | {key: value for key, value in summed.items() if key in common}


def _versions(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """By package the version of all parts, or those of several, each once."""
    packages = dict.fromkeys(package for versions in parts for package in versions)
    return {
        package: ", ".join(dict.fromkeys(versions[package] for versions in parts if package in versions))
        for package in packages
    }
