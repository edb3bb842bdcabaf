"""Modes: what form an answer has, how it is drawn, and whether the options' order is rotated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from spacenum.asking.chat import Decoding, DecodingName, Sampling
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import AnyTask

Format = Literal["letter", "reasoning", "open"]
ModeName = Literal[
    "letter-greedy",
    "letter-paper",
    "letter-recommended",
    "letter-logprobs",
    "letter-greedy-rotations",
    "letter-logprobs-rotations",
    "reasoning-greedy",
    "reasoning-paper",
    "reasoning-recommended",
    "reasoning-greedy-rotations",
    "open-greedy",
    "open-recommended",
]
MODES: tuple[ModeName, ...] = get_args(ModeName)
_DECODINGS: dict[str, DecodingName] = {
    "greedy": "greedy",
    "paper": "paper",
    "recommended": "recommended",
    "logprobs": "letter_logprobs",
}
PAPER = Sampling(temperature=0.7, top_p=0.9, top_k=50)
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
    def drawn(self) -> bool:
        """Whether replies are drawn at random, so that each question has a seed of its own."""
        return self.decoding in ("paper", "recommended")

    @property
    def repeated(self) -> bool:
        """Whether each item is asked ``repeats`` times; an open answer is scored from one reply."""
        return self.drawn and self.format != "open"

    @property
    def tasks(self) -> tuple[AnyTask, ...]:
        """What can be asked: a number can't be written in answer to Num2Space, which asks for an image."""
        return ("space2num",) if self.format == "open" else ("num2space", "space2num", "choice")

    def sampling(self, max_new_tokens: int, recommended: Sampling | None = None) -> Decoding:
        """How replies of this mode are drawn. recommended: as the model's authors advise for this form of answer.

        SpaceNumError if the mode draws as they advise, and nothing is known of that.
        """
        if self.decoding == "letter_logprobs":
            return Decoding(name=self.decoding, max_new_tokens=1)
        drawn = {"paper": PAPER, "recommended": recommended}.get(self.decoding, Sampling())
        if drawn is None:
            raise SpaceNumError(f"mode {self.name}: the model's file: {self.lacks_sampling}")
        return Decoding(name=self.decoding, max_new_tokens=max_new_tokens, **dict(drawn))

    @property
    def lacks_sampling(self) -> str:
        """What to say where a model's file has no recommended sampling for this form of answer."""
        return (
            f"key 'sampling.{self.format}' is missing; give temperature, top_p, top_k and repetition_penalty as the "
            "checkpoint's authors do, or take the mode out of 'modes'"
        )
