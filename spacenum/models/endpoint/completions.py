"""A chat completion, as endpoints send it, and the reply in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, Field

from spacenum.asking.chat import Reply, as_mass
from spacenum.items.schema import Letter

SPACES = " ▁Ġ"
"""A space, and what stands for it in the vocabularies that some endpoints show."""
NEGLIGIBLE = 0.01
"""Share of the letters' probability that letters missing from an endpoint's list may at most have together."""
PADDED = -1000.0
"""No token that a list names is so unlikely: endpoints fill short lists with -9999, NaN, null or -inf."""


class Alternative(BaseModel):
    """A token that might have been drawn, and its natural log-probability."""

    token: str
    logprob: float | None


class Position(BaseModel):
    top_logprobs: list[Alternative] = []


class Logprobs(BaseModel):
    content: list[Position] | None = None


class Message(BaseModel):
    """reasoning_content, or reasoning in newer servers: what a server's reasoning parser took out of the text."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None

    def text(self, cut: bool) -> str:
        """All that was written, with the reasoning back in its place; a reply cut while thinking leaves it unclosed."""
        answer = self.content or self.refusal or ""
        thought = self.reasoning_content or self.reasoning
        if not thought:
            return answer
        return f"<think>{thought}" if cut and not answer else f"<think>{thought}</think>{answer}"


class Choice(BaseModel):
    message: Message
    finish_reason: str | None = None
    logprobs: Logprobs | None = None


class Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Completion(BaseModel):
    """What is read of a response; other fields are ignored."""

    choices: list[Choice] = Field(min_length=1)
    usage: Usage = Usage()

    def reply(self, letters: Sequence[Letter] | None, opened: str = "") -> Reply:
        """The reply; ``letters`` if their log-probabilities were asked for, of the first token alone. opened: the tag
        of thought with which the prompt ends.

        letter_logprobs is None if the endpoint's list can't tell them apart (``letter_logprobs``); the token that was
        drawn is then the text.
        """
        choice = self.choices[0]
        logprobs = letter_logprobs(self._alternatives(), letters) if letters else None
        cut = choice.finish_reason == "length"
        text = choice.message.text(cut)
        opened = "" if letters or text.lstrip().startswith(opened) else opened
        return Reply(
            text=opened + text if logprobs is None else None,
            finished=letters is not None or not cut,
            letter_logprobs=logprobs,
            prompt_tokens=self.usage.prompt_tokens,
            reply_tokens=self.usage.completion_tokens,
            letter_mass=letter_mass(self._alternatives(), letters) if letters else None,
        )

    def _alternatives(self) -> list[Alternative]:
        logprobs = self.choices[0].logprobs
        positions = logprobs.content if logprobs else None
        return positions[0].top_logprobs if positions else []


NOTHING = Completion(choices=[Choice(message=Message(), finish_reason="content_filter")])
"""What an endpoint says that filters a question: an empty reply."""


def letter_logprobs(found: Iterable[Alternative], letters: Sequence[Letter]) -> dict[Letter, float] | None:
    """Log-probabilities of the letters, each with and without a space before it, normalised over ``letters``.

    An endpoint lists only its most likely tokens. A letter that isn't among them is at most as likely as the last of
    the list: it gets that bound, if all missing ones together then have less than NEGLIGIBLE of the letters'
    probability; otherwise, or if no letter is listed, the answer is None.
    """
    alternatives = _likely(found)
    listed = {letter: [log for token, log in alternatives if token.strip(SPACES) == letter] for letter in letters}
    known = {letter: log_sum(values) for letter, values in listed.items() if values}
    missing = [letter for letter in letters if letter not in known]
    if not known:
        return None
    if missing:
        bound = min(log for _, log in alternatives)
        if bound + math.log(len(missing)) >= log_sum(known.values()) + math.log(NEGLIGIBLE):
            return None
        known |= dict.fromkeys(missing, bound)
    return normalised({letter: known[letter] for letter in letters})


def letter_mass(found: Iterable[Alternative], letters: Sequence[Letter]) -> float | None:
    """The share of probability of the letters that are listed, each with and without a space before it: at least so
    much have all of them. None without a list."""
    alternatives = _likely(found)
    if not alternatives:
        return None
    return as_mass(sum(math.exp(log) for token, log in alternatives if token.strip(SPACES) in letters))


def _likely(found: Iterable[Alternative]) -> list[tuple[str, float]]:
    """Tokens and log-probabilities of a list, without what only fills it."""
    known = ((each.token, math.nan if each.logprob is None else each.logprob) for each in found)
    return [(token, log) for token, log in known if math.isfinite(log) and log > PADDED]


def log_sum(logprobs: Iterable[float]) -> float:
    """The logarithm of the sum of probabilities, from their logarithms."""
    values = list(logprobs)
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def normalised(logprobs: Mapping[Letter, float]) -> dict[Letter, float]:
    """The same log-probabilities, shifted so that the probabilities sum to one."""
    total = log_sum(logprobs.values())
    return {letter: value - total for letter, value in logprobs.items()}
