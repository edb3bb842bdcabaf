"""A chat completion, as endpoints send it, and the reply in it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from spacenum.asking.chat import Reply, as_mass
from spacenum.items.schema import Letter
from spacenum.models.endpoint.told import printable
from spacenum.models.finish_reasons import Ending, ending_of, reason_word

SPACES = " ▁Ġ"
"""A space, and what stands for it in the vocabularies that some endpoints show."""
NEGLIGIBLE = 0.01
"""Share of the letters' probability that letters missing from an endpoint's list may at most have together."""
PADDED = -1000.0
"""No token that a list names is so unlikely: endpoints fill short lists with -9999, NaN, null or -inf."""
MOST_LOG = 0.01
"""No logarithm of a probability is above 0; rounding may be."""
MOST_TOKENS = 10**9
LONGEST_REASON = 300
"""Characters of what an endpoint says of why it refused."""
THOUGHTS = ("thinking", "reasoning", "thought", "reasoning_content", "reasoning_text", "summary_text")
"""Types of a message's parts that hold thoughts."""
_COMMENTS = re.compile(r"\A(?:\s*:[^\n]*\n)+")
"""Lines by which servers keep a connection open until there is an answer."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(data: bytes) -> Any:
    """The value of a body; ValueError if it has none. What is no character (a lone surrogate, bytes that aren't UTF-8)
    becomes U+FFFD, so that the reply around it isn't lost."""
    try:
        return _of_characters(json.loads(_COMMENTS.sub("", data.decode("utf-8-sig", "replace"))))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _of_characters(value: Any) -> Any:
    if isinstance(value, str):
        lone = _SURROGATE.search(value)
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if lone else value
    if isinstance(value, list):
        return [_of_characters(each) for each in value]
    if isinstance(value, dict):
        return {_of_characters(key): _of_characters(each) for key, each in value.items()}
    return value


def _count(value: Any) -> int | None:
    """A number of tokens; None for whatever is none."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS
    return int(value) if known else None


def _listed(value: Any) -> Any:
    """Alternatives as a list, also where they stand as log-probabilities by token."""
    if isinstance(value, dict):
        return [{"token": token, "logprob": log} for token, log in value.items()]
    return [] if value is None else value


def _if_readable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """None for what has another form: beside the reply, it doesn't make that unreadable."""
    try:
        return read(value)
    except ValidationError:
        return None


TokenCount = Annotated[int | None, BeforeValidator(_count)]


class Alternative(BaseModel):
    """A token that might have been drawn, and its natural log-probability."""

    token: str
    logprob: float | None


class Position(BaseModel):
    top_logprobs: Annotated[list[Alternative], BeforeValidator(_listed)] = []


class Logprobs(BaseModel):
    content: list[Position] | None = None


class Message(BaseModel):
    """content: a text, or parts, whose texts are joined. reasoning_content, or reasoning in newer servers, or parts of
    such types: what a server's reasoning parser took out of the text."""

    content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _joined(cls, message: Any) -> Any:
        if not isinstance(message, dict):
            return message
        content = message.get("content")
        parts = content if isinstance(content, list) else [content]
        thoughts = [part for part in parts if _kind(part) in THOUGHTS]
        others = [part for part in parts if _kind(part) not in (*THOUGHTS, "refusal")]
        return {
            "content": _text(others),
            "reasoning": _text(message.get("reasoning_content")) or _text(message.get("reasoning")) or _text(thoughts),
            "refusal": _text(message.get("refusal")) or _text([part for part in parts if _kind(part) == "refusal"]),
        }

    def text(self, cut: bool) -> str:
        """All that was written, with the reasoning back in its place; a reply cut while thinking leaves it unclosed."""
        answer = self.content or ""
        if not self.reasoning:
            return answer
        return f"<think>{self.reasoning}" if cut and not answer else f"<think>{self.reasoning}</think>{answer}"


def _kind(part: Any) -> str:
    if not isinstance(part, dict):
        return ""
    return "thought" if part.get("thought") is True else str(part.get("type"))


def _text(value: Any) -> str:
    """The text of a field: itself, or that of its parts, whichever of the usual keys holds it."""
    if isinstance(value, list):
        return "".join(map(_text, value))
    if isinstance(value, dict):
        keys = ("text", "value", "thinking", "reasoning", "refusal", "content")
        return next((found for key in keys if (found := _text(value.get(key)))), "")
    return value if isinstance(value, str) else ""


class Choice(BaseModel):
    """native_finish_reason: the provider's own, where a router sends it. It counts where the router's says less: none,
    or "stop" of a reply that the provider says was cut, filtered or broken off."""

    message: Message | None = None
    finish_reason: Any = None
    native_finish_reason: Any = None
    logprobs: Annotated[Logprobs | None, WrapValidator(_if_readable)] = None

    @model_validator(mode="before")
    @classmethod
    def _with_message(cls, choice: Any) -> Any:
        """The reply where some servers write it: as the message itself, as a text, or as the only piece of a stream."""
        if not isinstance(choice, dict):
            return choice
        message = choice.get("message") or choice.get("delta") or choice.get("text")
        return choice | {"message": {"content": message} if isinstance(message, str) else message}

    @property
    def reason(self) -> Any:
        if not reason_word(self.finish_reason):
            return self.native_finish_reason
        native = self.native_finish_reason
        worse = ending_of(native) in ("cut", "filtered") or "error" in reason_word(native)
        return native if worse and ending_of(self.finish_reason) == "finished" else self.finish_reason


class Usage(BaseModel):
    prompt_tokens: TokenCount = None
    completion_tokens: TokenCount = None


def _counted(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


class Completion(BaseModel):
    """What is read of a response; other fields are ignored. refused: why an endpoint gave no reply, if it said so
    otherwise than in a completion."""

    choices: list[Choice] | None
    usage: Annotated[Usage, BeforeValidator(_counted)] = Usage()
    refused: str | None = None

    @classmethod
    def without(cls, reason: str) -> Completion:
        """What stands for the answer to a question that was refused."""
        return cls(choices=None, refused=reason)

    @property
    def ending(self) -> Ending:
        """How the reply ended; a completion without a choice has no reply that could have failed."""
        return ending_of(self.choices[0].reason) if self.choices else "finished"

    @property
    def reason(self) -> str:
        """The finish reason, as one word."""
        return reason_word(self.choices[0].reason) if self.choices else ""

    def refusal(self) -> str | None:
        """Why there is no reply; None if there is one, be it empty."""
        if self.refused or not self.choices:
            return self.refused or "the answer has no choices"
        message, ending = self.choices[0].message, self.ending
        if ending == "filtered":
            said = message and (message.refusal or "")
            return f"finish_reason {self.reason}" + (f": {said}" if said else "")
        if message is None:
            return None if ending == "cut" else "the answer has no message"
        return f"refusal: {message.refusal}" if message.refusal and not message.content else None

    def reply(self, letters: Sequence[Letter] | None, opened: str = "") -> Reply:
        """The reply; ``letters`` if their log-probabilities were asked for, of the first token alone. opened: the tag
        of thought with which the prompt ends.

        letter_logprobs is None if the endpoint's list can't tell them apart (``letter_logprobs``); the token that was
        drawn is then the text. A refused question has an empty text, whatever came with it.
        """
        prompt, written = self.usage.prompt_tokens, self.usage.completion_tokens
        if refused := self.refusal():
            return Reply(
                "",
                finished=True,
                prompt_tokens=prompt,
                reply_tokens=written,
                refused=printable(refused)[:LONGEST_REASON],
            )
        logprobs = letter_logprobs(self._alternatives(), letters) if letters else None
        cut = self.ending == "cut"
        message = (self.choices and self.choices[0].message) or Message()
        text = message.text(cut)
        opened = "" if letters or text.lstrip().startswith(opened) else opened
        return Reply(
            text=opened + text if logprobs is None else None,
            finished=letters is not None or not cut,
            letter_logprobs=logprobs,
            prompt_tokens=prompt,
            reply_tokens=written,
            letter_mass=letter_mass(self._alternatives(), letters) if letters else None,
        )

    def _alternatives(self) -> list[Alternative]:
        logprobs = self.choices[0].logprobs if self.choices else None
        positions = logprobs.content if logprobs else None
        return positions[0].top_logprobs if positions else []


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
    known = [(each.token, math.nan if each.logprob is None else each.logprob) for each in found]
    if any(MOST_LOG < log < math.inf for _, log in known):
        return []  # probabilities or logits in their place
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
