"""What an endpoint that doesn't answer means: try again, and when; a refused question; or stop, and what to mend."""

from __future__ import annotations

import email.utils
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from spacenum.core.errors import SpaceNumError
from spacenum.models.endpoint.told import Told, printable, seconds, told_in
from spacenum.models.finish_reasons import context_full

PASSING = {408, 409, 423, 425, 429}
"""Statuses that may be gone at the next try, besides those from 500 on."""
NO_FILTERS = {401, 402, 404, 429}
"""Statuses whose messages aren't searched for filters: they are about the account, the model or the limits."""
OF_AN_ITEM = {400, 413, 422, 451}
"""Statuses that may be about one request's content."""
LONGEST_RETRY_AFTER_S = 86_400.0
"""Who asks to wait for longer than a day is mistaken."""
TOO_LARGE = "its images or its text are too large: lower 'pixel_budget' in the model's file"
LONGEST_QUOTE = 200
"""Characters of a response that is no completion."""
BROKEN_OFF_TRIES = 5
"""Of a reply that breaks off: each is paid for."""
FEW_TRIES = 2
"""Of what hardly passes: a context that was full, an answer that is far too long."""


@dataclass
class Passing(Exception):
    """Worth another try. wait_s: what the endpoint asked for. unreached: nothing at the address answered at all.
    most_tries: after how many it is given up whatever the patience. remedy: what to do then."""

    sentence: str
    wait_s: float | None = None
    unreached: bool = False
    most_tries: int | None = None
    remedy: str | None = None


@dataclass
class Refused(Exception):
    """The endpoint's filter didn't let the question, or its reply, through. reason: in its words."""

    reason: str


@dataclass
class Declined(Exception):
    """The endpoint doesn't take this request, and no filter is named. sentence: if no such request was ever answered,
    since then it may be about all. reason: if others were, since then it is about this item."""

    sentence: str
    reason: str


@dataclass(frozen=True)
class RequestContext:
    """What is asked, for sentences: where, which checkpoint, which item; and the variable that holds the key."""

    address: str
    checkpoint: str
    item: str
    key_env: str | None


def of_transport(error: httpx.RequestError, asked: RequestContext) -> Exception:
    """The failure behind a request that got no complete response."""
    if any(isinstance(cause, socket.gaierror) for cause in _causes(error)):
        return Passing(f"no host of the name in {asked.address} is known", unreached=True)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return SpaceNumError(f"{asked.address} can't be asked ({type(error).__name__}); check the address and the key")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Passing(f"nothing answers at {asked.address} ({error or type(error).__name__})", unreached=True)
    if isinstance(error, httpx.TimeoutException):
        return Passing(f"{asked.address} took too long to answer")
    return Passing(f"{asked.address} broke off its answer ({error or type(error).__name__})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def too_slow(timeout_s: float, asked: RequestContext) -> Passing:
    """The failure of a response that wasn't whole in time, however much of it came."""
    return Passing(
        f"{asked.address} didn't answer {asked.item} whole within {timeout_s:g} s (SPACENUM_ENDPOINT_TIMEOUT_S; of a "
        "vLLM server, SPACENUM_VLLM_TIMEOUT_S)"
    )


def too_long(most: int, asked: RequestContext) -> Passing:
    """The failure of a response that is longer than any completion."""
    return Passing(
        f"{asked.address} answered {asked.item} with more than {most >> 20} MiB, which no completion has",
        most_tries=FEW_TRIES,
        remedy="check that the address is that of an endpoint",
    )


def no_completion(asked: RequestContext, data: bytes, secret: str | None) -> Passing:
    """The failure of a response that is no completion, with the beginning of what it is. ``secret`` is cut out."""
    text = printable(data.decode("utf-8", "replace").replace(secret or "\0", "…")[:LONGEST_QUOTE])
    said = f": {text}" if text else ""
    return Passing(f"{asked.address} answered something else than a chat completion{said}")


def broken_off(reason: str, asked: RequestContext) -> Passing:
    """The failure of a reply that its finish reason says was broken off."""
    sentence = f"{asked.address} broke off its reply to {asked.item} (finish_reason '{reason}')"
    if context_full(reason):
        return Passing(
            sentence,
            most_tries=FEW_TRIES,
            remedy="prompt and reply together fill the model's context: lower max_new_tokens or 'pixel_budget' in the "
            "model's file",
        )
    return Passing(
        sentence,
        most_tries=BROKEN_OFF_TRIES,
        remedy="if it breaks off each time, the endpoint's log says why; 'finish_reason' should be stop or length",
    )


def of_error(
    status: int, body: Any, asked: RequestContext, secret: str | None, headers: httpx.Headers | None = None
) -> Exception:
    """The failure behind an error. status: of the response; a status of success says nothing, so that the error's own
    codes stand for one. ``secret`` is cut out of whatever the endpoint wrote."""
    told = told_in(body, secret)
    meant = status if status >= 300 else told.status
    said = f"{status}: {told.message}" if told.message else str(status)
    if told.filtered and (meant not in NO_FILTERS or told.moderated):
        return Refused(told.reason)
    if meant == 402 or told.spent:
        return SpaceNumError(f"{asked.address} says that there is no credit left ({said}); see to the account there")
    if meant in PASSING or (meant >= 500 and meant != 501):
        return Passing(f"{asked.address} answered {said}", wait_s=retry_after(headers or httpx.Headers()))
    sentence = _refusal(meant, said, told, asked)
    if meant not in OF_AN_ITEM or told.of_account:
        return SpaceNumError(sentence)
    codes = f" ({told.codes[0]})" if told.codes and not told.codes[0].isdigit() else ""
    hint = TOO_LARGE if _too_large(meant, told) else "other items were answered: look at this one's images and text"
    return Declined(sentence, f"{said}{codes}; {hint}")


def event_stream(asked: RequestContext) -> SpaceNumError:
    """The failure of an answer in pieces, which wasn't asked for."""
    return SpaceNumError(
        f"{asked.address} answers with a stream of events (data: …) though none was asked for; switch streaming off "
        "there, or in options.extra_body of the model's file"
    )


def _too_large(status: int, told: Told) -> bool:
    words = ("too large", "image size", "context length", "context_length", "context window")
    return status == 413 or any(word in f"{told.message} {' '.join(told.codes)}".lower() for word in words)


def _refusal(status: int, said: str, told: Told, asked: RequestContext) -> str:
    if status in (401, 403):  # the message is not shown: some endpoints quote a part of the key
        if asked.key_env is None:
            return (
                f"{asked.address} wants a key ({status}); put it into an environment variable, "
                "and the variable's name into options.key_env of the model's file"
            )
        return (
            f"{asked.address} refuses the key in the environment variable {asked.key_env} for '{asked.checkpoint}' "
            f"({status}); check the key, and what it may use"
        )
    if status == 404:
        return (
            f"{asked.address} has no model '{asked.checkpoint}', or no chat completions ({said}); "
            "check 'checkpoint' in the model's file, and the address"
        )
    if status in (301, 302, 303, 307, 308):
        return f"{asked.address} redirects elsewhere ({status}); give the final address, a key is not sent on"
    hint = (
        TOO_LARGE
        if _too_large(status, told)
        else "see options.leave_out, options.max_tokens_field and options.image_detail in docs/endpoints.md"
    )
    return f"{asked.address} refuses item {asked.item} ({said}); {hint}"


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that the endpoint asks to wait, from any of the three ways to say so; None if that is no time that it
    could mean: not a number, 0, past, or more than a day off."""
    milliseconds = seconds(headers.get("retry-after-ms"))
    wait = milliseconds / 1000 if milliseconds else seconds(headers.get("retry-after")) or _until(headers)
    return wait if wait and 0 < wait <= LONGEST_RETRY_AFTER_S else None


def _until(headers: httpx.Headers) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
