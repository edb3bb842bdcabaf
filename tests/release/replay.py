"""An endpoint that knows every item: it answers what is asked exactly as the study asks it with a stored reply."""

from __future__ import annotations

import base64
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import PIL.Image

from spacenum.asking.ask import Asking
from spacenum.asking.base import Answer as Answered
from spacenum.asking.chat import Reply
from spacenum.asking.questions import letters_of, message_parts
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.core.provenance import stable_hash
from spacenum.items.schema import Image, Item
from tests.models.endpoint.fake_endpoint import Answer, completion

FORMS = (
    "{letter}", "The answer is {letter}.", "<think>Not {other}, it is too far.</think>Option {letter}", "({letter})",
    "I can't tell these apart.", "Either {letter} or {other}.", "**{letter}**: it fits, and {other} doesn't.",
)  # fmt: skip
"""Also such as no letter is read from."""


def stored_reply(item: Item) -> str:
    """A reply that is drawn by a hash of the item's name: of any form, right a little more often than by chance."""
    drawn, letters = stable_hash(item.id), letters_of(item)
    letter = item.answer if drawn % 3 == 0 else letters[drawn // 3 % len(letters)]
    other = letters[(letters.index(letter) + 1) % len(letters)]
    return FORMS[drawn // 100 % len(FORMS)].format(letter=letter, other=other)


def stored_answers(items: Sequence[Item]) -> list[Answered]:
    """What the study makes of these replies."""
    config = ModelConfig(kind="vlm", backend="toy")
    asking = Asking.of(AnswersParams(model="stored", config=config, mode="letter-greedy", seed=0), Path())
    return [asking.answer((item, 0, 0), Reply(text=stored_reply(item), finished=True)) for item in items]


class Replay:
    """exact: how often each item was asked as the study asks it: texts, and images pixel by pixel, in its order.
    strange: how many requests were no item's. fails: ids whose requests the server fails at."""

    def __init__(self, items: Sequence[Item], folder: Path, fails: Sequence[str] = ()) -> None:
        self._known = {of_item(item, folder): item for item in items}
        assert len(self._known) == len(items)
        self.exact, self.strange, self._fails = Counter[str](), 0, set(fails)

    def __call__(self, number: int, body: dict[str, Any]) -> Answer:
        (message,) = body["messages"]
        item = self._known.get(tuple(_of_part(part) for part in message["content"]))
        if item is None:
            self.strange += 1
            return completion("A")
        self.exact[item.id] += 1
        if item.id in self._fails:
            return Answer({"error": {"message": "this one never works"}}, status=400)
        return completion(stored_reply(item))


def of_item(item: Item, folder: Path) -> tuple[str, ...]:
    """All that is asked, in order: texts, and hashes of pixels."""
    parts = message_parts(item.prompt)
    return tuple(_of_file((folder / p.image).read_bytes()) if isinstance(p, Image) else p.text for p in parts)


def _of_part(part: dict[str, Any]) -> str:
    if part["type"] == "text":
        return part["text"]
    assert part["image_url"].get("detail", "high") == "high"
    return _of_file(base64.b64decode(part["image_url"]["url"].partition("base64,")[2]))


def _of_file(data: bytes) -> str:
    with PIL.Image.open(io.BytesIO(data)) as image:
        return pixels(image)


def pixels(image: PIL.Image.Image) -> str:
    """A hash of an image's size and colours."""
    return f"{image.size} {hashlib.sha256(image.convert('RGB').tobytes()).hexdigest()}"
