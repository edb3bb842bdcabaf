"""An endpoint that sees: it answers the self-test's probes about plain colours, and leaves all else to the test."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

from PIL import Image as Picture

from spacenum.asking.probes import ALL_COLOURS, COLOUR_BEHIND, COLOURS, WORD
from tests.models.endpoint.fake_endpoint import Answer, completion

Says = Callable[[int, dict[str, Any]], Answer]


def sighted(says: Says, stacks: bool = False) -> Says:
    """``says``, but for the probes. stacks: whether it puts all images before all texts, as some servers do."""

    def answer(number: int, body: dict[str, Any]) -> Answer:
        seen = seen_by(body, stacks)
        return says(number, body) if seen is None else completion(seen)

    return answer


def seen_by(body: dict[str, Any], stacks: bool = False) -> str | None:
    """What a model that sees replies to a probe; None if the body asks something else."""
    parts = body["messages"][-1]["content"]
    text = "\n".join(part["text"] for part in parts if part["type"] == "text")
    if ALL_COLOURS not in text and COLOUR_BEHIND not in text:
        return None
    shown = [part["text"] if part["type"] == "text" else _colour(part["image_url"]["url"]) for part in parts]
    images = [each for each in shown if each in COLOURS]
    if ALL_COLOURS in text:
        return ", ".join(images)
    if stacks:  # the words in order, the images in order: the second image belongs to the second word
        return images[len(re.findall(r"^[A-Z]+:$", text.partition(f"{WORD}:")[0], re.MULTILINE))]
    place = next(k for k, each in enumerate(shown) if f"{WORD}:" in each)
    return next(each for each in shown[place:] if each in COLOURS)


def _colour(url: str) -> str:
    with Picture.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))) as picture:
        pixel = picture.convert("RGB").getpixel((0, 0))
    return next(name for name, colour in COLOURS.items() if colour == pixel)
