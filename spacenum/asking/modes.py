"""Modes: what form an answer has, how it is drawn, and whether the options' order is rotated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from spacenum.asking.chat import Decoding, DecodingName
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import AnyTask

Format = Literal["letter", "reasoning", "open"]
ModeName = Literal[
    "letter-greedy",
    "letter-paper",
    "letter-logprobs",
    "letter-greedy-rotations",
    "letter-logprobs-rotations",
    "reasoning-greedy",
    "reasoning-paper",
    "reasoning-greedy-rotations",
    "open-greedy",
]
MODES: tuple[ModeName, ...] = get_args(ModeName)
_DECODINGS: dict[str, DecodingName] = {"greedy": "greedy", "paper": "paper", "logprobs": "letter_logprobs"}
PAPER = {"temperature": 0.7, "top_p": 0.9, "top_k": 50}
"""The paper's sampling (arXiv 2605.23898)."""


@dataclass(frozen=True)
class Mode:
    """A mode's name taken apart: ``<format>-<decoding>``, with ``-rotations`` if every order is asked.

    format: letter is the paper's prompt, reasoning lets the model think first, open asks for the number itself.
    """

    name: ModeName
    format: Format
    decoding: DecodingName
    rotations: bool

    @classmethod
    def of(cls, name: str) -> Mode:
        """The mode of that name; SpaceNumError names those that there are."""
        for known in MODES:
            if known == name:
                form, decoding, *rest = known.split("-")
                found: Format = next(f for f in get_args(Format) if f == form)
                return cls(known, found, _DECODINGS[decoding], bool(rest))
        raise SpaceNumError(f"there is no mode '{name}'; there are {', '.join(MODES)}")

    @property
    def repeated(self) -> bool:
        """Whether asking again gives another reply, so that repeats make sense."""
        return self.decoding == "paper"

    @property
    def tasks(self) -> tuple[AnyTask, ...]:
        """What can be asked: a number can't be written in answer to Num2Space, which asks for an image."""
        return ("space2num",) if self.format == "open" else ("num2space", "space2num", "choice")

    def sampling(self, max_new_tokens: int) -> Decoding:
        """How replies of this mode are drawn."""
        if self.decoding == "letter_logprobs":
            return Decoding(name=self.decoding, max_new_tokens=1)
        decoding = Decoding(name=self.decoding, max_new_tokens=max_new_tokens)
        return decoding.model_copy(update=PAPER) if self.decoding == "paper" else decoding
