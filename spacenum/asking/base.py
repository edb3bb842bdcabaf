"""What a model is to the pipeline: questions in, answers out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from spacenum.frames.records import FrameRecord
from spacenum.items.schema import Corners, Item, Letter

Kind = Literal["reference", "shortcut", "baseline", "demonstration", "vlm", "human"]
"""shortcut: answers by a rule that leaves out what an item is to test. demonstration: a small VLM that this pipeline
trained from random weights, which says nothing of large ones."""
DEMONSTRATION_NOTE = (
    "Of kind demonstration: a small model that this pipeline trained itself; it says nothing of large VLMs."
)
REFUSED = "refused: "
"""How the reason of an answer begins whose question a filter refused, or whose reply it withheld."""
ENOUGH_MASS = 0.5
"""Where the letters have less of the next token's probability than this, tables and logs say so."""
_OPTIONAL = ("repeat", "rotation", "value", "letter_mass", "seconds")


class Answer(BaseModel):
    """One line of ``results/answers/…``: what a model said about an item, and what was understood of it.

    outcome: "parsed" (``letter`` holds one of the item's letters, or ``value`` what was written), "unparsed" (nothing
    could be read; ``reason`` says why), "truncated" (the reply ended before its answer), "distribution" (no reply, only
    ``letter_logprobs``: a reference whose expected score is exact), or "missing" (it was never answered, and gets no
    score; ``reason`` says why). Nothing is ever guessed.

    letter, letter_logprobs: in the letters of the item as it stands, whatever order was shown. repeat, rotation: which
    of several times the item was asked, and by how many places its options were moved on. value: open questions, the
    number in the truth's unit, or two corners. letter_mass: the letters' share of the next token's probability, where
    letters are read from it and it is known. seconds: people, from the item's display to the answer. What keeps its
    default of these five is not written down.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    reply: str | None = None
    letter: Letter | None = None
    outcome: Literal["parsed", "unparsed", "truncated", "distribution", "missing"]
    reason: str | None = None
    letter_logprobs: dict[Letter, float] | None = None
    prompt_tokens: int | None = None
    reply_tokens: int | None = None
    repeat: int = Field(0, ge=0)
    rotation: int = Field(0, ge=0)
    value: float | Corners | None = None
    letter_mass: float | None = Field(None, ge=0, le=1)
    seconds: float | None = Field(None, ge=0)

    @property
    def refused(self) -> str | None:
        """Why a filter refused its question, or withheld its reply; None if none did."""
        known = self.outcome == "unparsed" and (self.reason or "").startswith(REFUSED)
        return (self.reason or "").removeprefix(REFUSED) if known else None

    @model_serializer(mode="wrap")
    def _short(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields, written = type(self).model_fields, write(self)
        return {k: value for k, value in written.items() if k not in _OPTIONAL or value != fields[k].default}

    @model_validator(mode="after")
    def _consistent(self) -> Answer:
        if self.letter is not None and self.value is not None:
            raise ValueError("letter and value can't both be given")
        if (self.letter is not None or self.value is not None) != (self.outcome == "parsed"):
            raise ValueError(
                "letter (or, for open questions, value) must be given if, and only if, outcome is 'parsed'"
            )
        if self.outcome == "distribution" and self.letter_logprobs is None:
            raise ValueError("outcome 'distribution' needs letter_logprobs")
        if self.outcome in ("unparsed", "truncated", "missing") and not self.reason:
            raise ValueError(f"outcome '{self.outcome}' needs a reason")
        return self


@dataclass(frozen=True)
class Context:
    """What a backend may use besides the items.

    frames: by image path, for baselines that read sensors (depth, ids, intrinsics); a VLM sees only the image files.
    root: the study's folder, to which image paths are relative. seed: the study's. sheets: what a person answered, for
    the backend that reads it (``spacenum.models.person``).
    """

    frames: Mapping[str, FrameRecord]
    root: Path
    seed: int
    sheets: Sequence[Path] = ()


class Model(Protocol):
    """Anything that answers items."""

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        """One answer per item, in order. A model reads prompt and options; what else it reads, its docstring says.

        ``items`` may be read from a file, anew each time: whoever keeps none answers a study of any size.
        """
        ...


class ModelInfo(BaseModel):
    """What tables say about a model: its row's name, what kind of row it is, and its size in billions of parameters.

    family: what tables group by. title: what the paper would call it; None if it would have no name for it. people: how
    many it is, if several. harness: what asked it, if its replies were imported.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Kind
    parameters_b: float | None = None
    family: str | None = None
    title: str | None = None
    people: int | None = None
    harness: str | None = None

    @property
    def label(self) -> str:
        """Its name, with how many people stand behind it, or what asked it: 'human (3 people)', 'm (by inspect_ai)'."""
        if self.harness:
            return f"{self.name} (by {self.harness})"
        return f"{self.name} ({self.people} people)" if self.people else self.name
