"""SpaceNum for lmms-eval: ``--include_path <this folder> --tasks spacenum`` (docs/release.md of spacenum).

Written by ``spacenum items export``. A request that failed has no score and counts in no mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import PIL.Image

from spacenum.asking.parsing import read_letter

FOLDER = Path(__file__).resolve().parents[1]
FAILED = ("[LMMS_EVAL_REQUEST_FAILED", "[LMMS_EVAL_BUDGET_EXCEEDED")
"""How lmms-eval begins what it puts in the place of a reply."""


def doc_to_messages(doc: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The item's texts and images in their order."""
    content: list[dict[str, Any]] = []
    for part in doc["parts"]:
        if part["image"] is None:
            content.append({"type": "text", "text": part["text"]})
        else:
            with PIL.Image.open(FOLDER / part["image"]) as image:
                content.append({"type": "image", "url": image.convert("RGB")})
    return [{"role": "user", "content": content}]


def doc_to_visual(doc: Mapping[str, Any]) -> list[PIL.Image.Image]:
    """Asked for where all images go before the text, which is another question."""
    raise ValueError(
        f"item {doc['id']}: its images stand between its texts, which only chat models of lmms-eval are shown; leave "
        "out --force_simple, or name a model of lmms_eval/models/chat"
    )


def doc_to_text(doc: Mapping[str, Any]) -> str:
    """For the log."""
    return "".join(part["text"] if part["image"] is None else "<image>" for part in doc["parts"])


def doc_to_target(doc: Mapping[str, Any]) -> str:
    return doc["answer"] or ""


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Any]:
    """The score, where there is one (lmms-eval takes the error of all that have this key, by scene), with what an
    import needs to know of the item."""
    reply = str(results[0])
    failed = reply.startswith(FAILED)
    read = read_letter(reply, doc["letters"])
    score = {} if failed or not doc["answer"] else {"score": float(read.letter == doc["answer"])}
    told = {key: doc[key] for key in ("id", "cell", "variant", "scene", "chance", "letters", "asked")}
    return {"accuracy": told | {"letter": None if failed else read.letter, "failed": failed} | score}


def accuracy(results: Sequence[Mapping[str, Any]]) -> float:
    """The share of right replies among those that came."""
    scores = [one["score"] for one in results if "score" in one]
    return math.fsum(scores) / len(scores) if scores else math.nan
