"""What a vision-language model is to the pipeline: questions of text and images in, replies out.

Backends (``transformers``, ``vllm``, ``openai``, ``ovis``) know nothing of items, parsing or the answer store; what
asks them (``spacenum.asking.ask``) knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from spacenum.core.blocks import KeyedBlock
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image, Letter, Text

Capability = Literal["generate", "letter_logprobs", "independent", "blind"]
"""generate: writes text. letter_logprobs: gives the letters' log-probabilities. independent: replies to a question with
no regard to what stands in the same batch (endpoints), so that each is kept before the next is asked for. blind: shown
no images (text models), so that the self-test of images leaves it out."""
DecodingName = Literal["greedy", "paper", "recommended", "letter_logprobs"]


class Sampling(KeyedBlock):
    """How the next token is drawn, the same in every engine, whatever the checkpoint's own generation settings are.

    Penalties come first: of a token that prompt or reply already have, a positive logit is divided by
    repetition_penalty, a negative one is multiplied; from a token that the reply has, presence_penalty is subtracted.
    """

    LATER: ClassVar[frozenset[str]] = frozenset({"repetition_penalty", "presence_penalty"})

    temperature: float = Field(0.0, ge=0, le=10, description="0 takes the likeliest token")
    top_p: float = Field(1.0, gt=0, le=1, description="likeliest tokens that have so much together; 1: all")
    top_k: int = Field(0, ge=0, description="so many likeliest tokens; 0: all")
    repetition_penalty: float = Field(1.0, gt=0, le=10, description="1: none; of tokens of prompt and reply")
    presence_penalty: float = Field(0.0, ge=-2, le=2, description="0: none; of tokens of the reply")


class Decoding(Sampling):
    """How a reply is drawn: part of what determines it.

    ``letter_logprobs`` draws nothing: one forward pass, log-probabilities of the letters.
    max_new_tokens: a longer reply is cut and counts as truncated.
    """

    name: DecodingName
    max_new_tokens: int = 16


@dataclass(frozen=True)
class Question:
    """One question to a model, complete: nothing else is shown to it.

    parts: texts and images (paths relative to the study's folder, or absolute) in the order in which they are seen.
    letters: those that may be answered, in the options' order; empty for open questions. reasoning: whether the model
    may think first. seed: what its sampling starts from; different for each repeat. system: the text of a message with
    role system that stands before it.
    """

    item: str
    family: str
    parts: tuple[Text | Image, ...]
    letters: tuple[Letter, ...]
    reasoning: bool = False
    seed: int = 0
    system: str | None = None


@dataclass(frozen=True)
class Reply:
    """What came back: the text as written (reasoning included), or the letters' log-probabilities, or both.

    A thought that the prompt opened is a part of the text, which then begins with the prompt's tag.
    finished: False if the reply was cut at its length limit. letter_logprobs: natural logarithms, normalised over the
    question's letters; letters of which none is known are left out. letter_mass: the letters' share, with and without a
    space before them, of the next token's probability (0 to 1); at least so much where an endpoint lists the likeliest
    tokens alone; None where it isn't known. refused: why the question has no reply, where a filter withheld it; the
    text is then empty. A generation that broke off is no reply at all.
    """

    text: str | None
    finished: bool
    letter_logprobs: Mapping[Letter, float] | None = None
    prompt_tokens: int | None = None
    reply_tokens: int | None = None
    letter_mass: float | None = None
    refused: str | None = None


def as_mass(share: float) -> float:
    """``Reply.letter_mass`` of a share: three digits, beyond which machines differ; at most 1."""
    return min(1.0, float(f"{share:.3g}"))


Keep = Callable[[int, Reply], None]
"""Takes the reply to the question at a place among those that were asked, as soon as it is there."""


class ChatModel(Protocol):
    """A backend with its checkpoint or endpoint known; weights are read, and servers
    started, at the first ``reply``."""

    capabilities: frozenset[Capability]

    @property
    def identity(self) -> Mapping[str, str]:
        """What, besides question and decoding, determines a reply: checkpoint, revision, adapter, dtype, pixel budget …
        Part of the answer store's key; never a secret, a path of this machine or an address that changes by the run.
        Known without weights, so that a job whose replies are all kept loads nothing."""
        ...

    def reply(self, questions: Sequence[Question], decoding: Decoding) -> list[Reply]:
        """One reply per question, in order. ``questions`` is one batch of whole families, always the same for the same
        study, so that a reply never depends on what was asked before or beside it. SpaceNumError if a reply broke off
        and asking again didn't help."""
        ...

    def close(self) -> None:
        """Free the device, stop the server."""
        ...


@runtime_checkable
class KnowsVersions(Protocol):
    """What a backend offers besides whose replies depend on packages that are installed where it runs."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Package -> version, of those that replies may change with. Part of the answer store's key, so that a reply of
        other versions is asked again."""
        ...


def versions_of(model: object) -> dict[str, str]:
    """A model's versions; none of one that knows none, as those behind endpoints."""
    return dict(model.versions) if isinstance(model, KnowsVersions) else {}


@runtime_checkable
class RendersPrompts(Protocol):
    """What a backend that renders prompts itself offers besides, for the self-test of its template."""

    def rendered(self, question: Question, generation: bool) -> str:
        """The question as the model's chat template writes it. generation: whether the words that open the model's turn
        follow."""
        ...


@runtime_checkable
class AsksAtOnce(Protocol):
    """What a backend whose replies are independent offers besides, if it can have several questions under way."""

    def reply_each(
        self, questions: Sequence[Question], decoding: Decoding, keep: Keep, answered: Question | None = None
    ) -> None:
        """Call ``keep`` with every reply before another question is asked in its place. If a question fails for good,
        no further one is asked, and replies that are under way are still kept, before the error is raised.

        answered: a question that was answered before, so that what all of them share isn't at fault."""
        ...


def ask_each(
    model: ChatModel,
    questions: Sequence[Question],
    decoding: Decoding,
    keep: Keep,
    answered: Question | None = None,
) -> None:
    """Ask a model whose replies are independent, and keep each reply before the next is asked for. answered: a question
    that it answered before."""
    if isinstance(model, AsksAtOnce):
        model.reply_each(questions, decoding, keep, answered)
        return
    for place, question in enumerate(questions):
        replies = model.reply([question], decoding)
        if len(replies) != 1:
            raise SpaceNumError(f"the engine gave {len(replies)} replies to one question; none of them was kept")
        keep(place, replies[0])


@runtime_checkable
class ShowsLogits(Protocol):
    """What a backend that has the model's logits offers besides, for self-tests:
    models that think first say no letter yet."""

    def first_logits(self, questions: Sequence[Question]) -> list[NDArray[np.float32]]:
        """Logits of the first token of each reply, over the whole vocabulary; all questions in one batch."""
        ...
