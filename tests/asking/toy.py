"""A toy that plays a vision-language model: deterministic, sees the bytes of images and
the words, and counts its calls.

Not a model: its replies are drawn from a hash of the question. Used by tests to drive all that lies between items and
answers; copied into a checkout as a backend by the workflow's tests.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import PIL.Image

from spacenum.asking.base import Context
from spacenum.asking.chat import Capability, Decoding, Question, Reply
from spacenum.asking.settings import ModelConfig
from spacenum.items.schema import Text


class Toy:
    """options: ``capabilities``; ``log``, a file that gets a line for every question asked; ``seconds`` a call;
    ``flaw``, which of the engines' mistakes to make: ignores_images, ignores_order, drops_last, depends_on_batch,
    images_first; no_system; ``says``: what it replies to everything; ``unread``: the share of items (by their hash) to
    which it says nothing that can be read; ``rounding``: how far letters move in a batch of several; ``inseparable``:
    letters are asked for in vain; ``mass``: the letters' share of probability; ``turn``, ``thinking_turn``: see
    ``_turn``."""

    def __init__(self, config: ModelConfig, root: Path) -> None:
        self._config, self._root = config, root
        self._options: Mapping = config.options
        self.capabilities: frozenset[Capability] = frozenset(
            self._options.get("capabilities", ["generate", "letter_logprobs"])
        )
        self.batches: list[list[str]] = []
        self.closed = False

    @property
    def identity(self) -> Mapping[str, str]:
        return {"backend": "toy", "checkpoint": self._config.checkpoint or "", "revision": self._config.revision or ""}

    def reply(self, questions: Sequence[Question], decoding: Decoding) -> list[Reply]:
        self.batches.append([question.item for question in questions])
        time.sleep(self._options.get("seconds", 0))
        if log := self._options.get("log"):
            lines = "".join(f"{question.item} {decoding.name} {self._digest(question)}\n" for question in questions)
            with open(log, "a") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        return [self._reply(question, decoding, len(questions)) for question in questions]

    def close(self) -> None:
        self.closed = True

    def rendered(self, question: Question, generation: bool) -> str:
        words = [part.text if isinstance(part, Text) else "[image]" for part in question.parts]
        system = "" if self._options.get("flaw") == "no_system" else question.system or ""
        return f"{system}{''.join(words)}" + self._turn(question) * generation

    def _turn(self, question: Question) -> str:
        """What opens the model's turn: option ``turn``, or ``thinking_turn`` of a question that may think."""
        turn = self._options.get("turn", "\nassistant: ")
        return self._options.get("thinking_turn", turn) if question.reasoning else turn

    def _digest(self, question: Question) -> str:
        seen = [
            part.text.encode() if isinstance(part, Text) else (self._root / part.image).read_bytes()
            for part in self._parts(question)
        ]
        flaw = self._options.get("flaw")
        if flaw == "ignores_images":
            seen = [part.text.encode() for part in question.parts if isinstance(part, Text)]
        if flaw == "ignores_order":
            seen = sorted(seen)
        if flaw == "drops_last":
            last = max(place for place, part in enumerate(self._parts(question)) if not isinstance(part, Text))
            seen.pop(last)
        return hashlib.sha256(b"\0".join([*seen, str(question.seed).encode()])).hexdigest()

    def _parts(self, question: Question) -> list:
        """What it is shown, in its order."""
        first = self._options.get("flaw") == "images_first"
        return sorted(question.parts, key=lambda part: isinstance(part, Text)) if first else list(question.parts)

    def _colours(self, question: Question) -> str:
        """Its answer to the self-test's probes: the colours of all images, or of the first behind a word."""
        parts, flaw = self._parts(question), self._options.get("flaw")
        shown = [part for part in parts if not isinstance(part, Text)]
        if word := re.search(r"after the word (\w+)", parts[-1].text if isinstance(parts[-1], Text) else ""):
            behind = next(k for k, part in enumerate(parts) if isinstance(part, Text) and f"{word[1]}:" in part.text)
            shown = [part for part in parts[behind:] if not isinstance(part, Text)][:1] or shown[:1]
        named = [self._colour(part.image) for part in shown]
        named = named[:-1] if flaw == "drops_last" else sorted(named) if flaw == "ignores_order" else named
        return "I cannot see any images." if flaw == "ignores_images" else ", ".join(named)

    def _colour(self, image: str) -> str:
        with PIL.Image.open(self._root / image) as picture:
            pixel = picture.convert("RGB").getpixel((0, 0))
        known = {"red": (220, 0, 0), "blue": (0, 0, 220), "green": (0, 160, 0), "yellow": (240, 220, 0)}
        return next((name for name, colour in known.items() if colour == pixel), "grey")

    def _reply(self, question: Question, decoding: Decoding, batch: int) -> Reply:
        rng = np.random.default_rng(int(self._digest(question)[:15], 16))
        if (says := self._options.get("says")) is not None:
            return Reply(text=says, finished=True)
        if question.item == "self-test":
            return Reply(text=self._colours(question), finished=True)
        if "unread" in self._options and rng.random() < self._options["unread"]:
            return Reply(text="It depends.", finished=True)
        if not question.letters:
            asked = " ".join(part.text for part in question.parts if isinstance(part, Text))
            if "two corners" in asked and (box := re.search(r'": (\[.+\])', asked)):
                return Reply(text=box[1], finished=True)
            unit = "degrees" if "degrees" in asked.rpartition("Reply with")[2] else "m"
            return Reply(text=f"{rng.integers(1, 9) / 10} {unit}", finished=True)
        weights = rng.random(len(question.letters)) + 0.01
        if self._options.get("flaw") == "depends_on_batch":
            weights[0] *= batch
        if batch > 1:
            weights[0] *= math.exp(self._options.get("rounding", 0))
        logs = {letter: math.log(w / weights.sum()) for letter, w in zip(question.letters, weights, strict=True)}
        if self._options.get("inseparable"):
            return Reply(text="The", finished=True)
        if decoding.name == "letter_logprobs":
            mass = self._options.get("mass")
            return Reply(text=None, finished=True, letter_logprobs=logs, prompt_tokens=9, letter_mass=mass)
        letter = max(logs, key=lambda known: logs[known])
        says = f"<think>Is it {letter}?</think>Answer: {letter}" if question.reasoning else letter
        return Reply(text=says, finished=True, prompt_tokens=9, reply_tokens=len(says))


def load(config: ModelConfig, context: Context) -> Toy:
    return Toy(config, context.root)
