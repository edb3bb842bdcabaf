"""One job's answers from those of the parts that asked its questions."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spacenum.asking.ask import REFUSED_NOTE, REPLIES_NOTE, UNKNOWN_REPLIES, VERSIONS_NOTE
from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew, digest, each_of_jsonl, meta_path, read_meta, write_jsonl
from spacenum.items.schema import AnyItem


def merge(items: Sequence[AnyItem], parts: Sequence[Path], answers: Path) -> dict[str, Any]:
    """Write the answers of all parts in the order of one job: the items', then by repeat and rotation. Returns what its
    meta file notes. SpaceNumError if the parts were asked of different models."""
    notes = _merged_notes(parts)
    place = {item.id: number for number, item in enumerate(items)}
    in_order = heapq.merge(
        *(each_of_jsonl(part, Answer) for part in parts),
        key=lambda answer: (place[answer.item], answer.repeat, answer.rotation),
    )
    write_jsonl(answers, in_order)
    return notes


def _merged_notes(parts: Sequence[Path]) -> dict[str, Any]:
    """What the meta files of the parts note, as that of one job: counts added up, and of the hashes of all replies a
    hash."""
    noted = [read_meta(meta_path(part)).notes for part in parts]
    _check_alike(parts, noted)
    common: dict[str, Any] = {key: value for notes in noted for key, value in notes.items()}
    refused: Counter[str] = Counter()
    for notes in noted:
        refused.update(notes.get(REFUSED_NOTE, {}))
    summed: Mapping[str, Any] = {
        REPLIES_NOTE: digest([notes[REPLIES_NOTE] for notes in noted if REPLIES_NOTE in notes]),
        UNKNOWN_REPLIES: sum(notes.get(UNKNOWN_REPLIES, 0) for notes in noted),
        REFUSED_NOTE: dict(refused.most_common()),
    }
    return common | {key: value for key, value in summed.items() if key in common}


def _check_alike(parts: Sequence[Path], noted: Sequence[Mapping[str, Any]]) -> None:
    """SpaceNumError unless one model gave all answers, in the same versions of the packages that ask it."""
    models = [{**notes.get("model", {}), **notes.get(VERSIONS_NOTE, {})} for notes in noted]
    for part, model in zip(parts, models, strict=True):
        if model != models[0]:
            differing = [key for key in models[0] | model if models[0].get(key) != model.get(key)]
            told = "; ".join(f"{key}: {models[0].get(key, 'none')} and {model.get(key, 'none')}" for key in differing)
            raise SpaceNumError(
                f"{parts[0]} and {part} are answers of different models or versions ({told}), so that they can't be "
                f"merged; with one environment on all nodes, {anew(' '.join(map(str, parts)))}"
            )
