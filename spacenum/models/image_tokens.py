"""Words that a model's prompts take for images: an item's text that holds one would be read as another picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from spacenum.asking.chat import Question
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Text
from spacenum.models.checkpoints import CONFIG, settings_file

_OF_IMAGES = re.compile(r"image|img|vision|visual|video|media|im_(patch|col|start|end)\b", re.IGNORECASE)
_CHAT = re.compile(r"<\|im_(start|end|sep|middle|system|user|assistant)\|>")
"""Tokens that open and close turns, in which im is no image."""
_KEY = re.compile(r"image|img|boi_|eoi_|vision|video")
PLACEHOLDER = "<image>"
IN_WORDS = ("ovis", "internvl_chat", "minicpm", "kimi_vl", "llava", "molmo")
"""model_type begins with one of these: their own code, or vLLM's, finds PLACEHOLDER in a prompt's words."""


def of_images(names: Iterable[object]) -> frozenset[str]:
    """Those of a tokenizer's added tokens that stand for images, or for what belongs to one."""
    words = (str(name) for name in names)
    return frozenset(w for w in words if not w[:1].isalnum() and _OF_IMAGES.search(w) and not _CHAT.fullmatch(w))


def of_processor(processor: Any) -> frozenset[str]:
    """Of a processor of transformers and its tokenizer."""
    keys = [key for key in dir(processor) if key.endswith("_token") and not key.startswith("_") and _KEY.search(key)]
    named = {value for key in keys if isinstance(value := getattr(processor, key, None), str) and value}
    return of_images(processor.tokenizer.added_tokens_decoder.values()) | named


def of_checkpoint(config: ModelConfig) -> frozenset[str]:
    """As a checkpoint's files say, where another program renders prompts; none of files that can't be had."""
    try:
        settings = settings_file(config, "tokenizer_config.json") or {}
        added = settings.get("added_tokens_decoder") or {}
        names = [each.get("content") for each in added.values()]
        names += [
            each.get("content") for each in (settings_file(config, "tokenizer.json") or {}).get("added_tokens", [])
        ]
        kind = str((settings_file(config, CONFIG) or {}).get("model_type", ""))
    except SpaceNumError:  # out of reach, which the engine will say
        return frozenset()
    named = {value for key, value in settings.items() if _KEY.search(key) and isinstance(value, str) and value}
    return of_images(names) | named | ({PLACEHOLDER} if kind.startswith(IN_WORDS) else set())


def check_words(questions: Sequence[Question], tokens: Iterable[str]) -> None:
    """SpaceNumError if the words of a question hold one of the tokens."""
    known = sorted(tokens, key=len, reverse=True)
    for question in questions:
        for part in question.parts:
            found = next((token for token in known if isinstance(part, Text) and token in part.text), None)
            if found:
                raise SpaceNumError(
                    f"item {question.item}: its text holds '{found}', which this model's prompts take for an image or "
                    "a part of one; write it in other words, or leave the item out for this model"
                )
        if question.system and (found := next((token for token in known if token in question.system), None)):
            raise SpaceNumError(
                f"item {question.item}: the system prompt of the model's file holds '{found}', which this model's "
                "prompts take for an image or a part of one; write it in other words"
            )
