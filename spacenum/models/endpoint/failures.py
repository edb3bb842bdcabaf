"""What an endpoint that doesn't answer means: try again, and when; or stop, and what to mend."""

from __future__ import annotations

import email.utils
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from spacenum.core.errors import SpaceNumError

LONGEST_MESSAGE = 300
PASSING = {408, 409, 423, 425, 429}
"""Statuses that may be gone at the next try, besides those from 500 on."""
SPENT = ("insufficient_quota", "billing_hard_limit_reached")
FILTERS = ("content_filter", "content_policy_violation", "moderation_blocked")


@dataclass
class Passing(Exception):
    """Worth another try. wait_s: what the endpoint asked for. unreached: nothing at the address answered at all."""

    sentence: str
    wait_s: float | None = None
    unreached: bool = False


class Filtered(Exception):
    """The endpoint's content filter didn't let the question through."""


@dataclass(frozen=True)
class RequestContext:
    """What is asked, for sentences: where, which checkpoint, which item; and the variable that holds the key."""

    address: str
    checkpoint: str
    item: str
    key_env: str | None


def of_transport(error: httpx.TransportError, asked: RequestContext) -> Exception:
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


def of_status(response: httpx.Response, asked: RequestContext, secret: str | None) -> Exception:
    """The failure behind a response that isn't 200; ``secret`` is cut out of whatever the endpoint wrote."""
    status = response.status_code
    message, code = _told(response, secret)
    said = f"{status}: {message}" if message else str(status)
    if code in FILTERS:
        return Filtered(message)
    if status == 402 or code in SPENT:
        return SpaceNumError(f"{asked.address} says that there is no credit left ({said}); see to the account there")
    if status in PASSING or (status >= 500 and status != 501):
        return Passing(f"{asked.address} answered {said}", wait_s=retry_after(response.headers))
    return SpaceNumError(_refusal(status, said, message, asked))


def _refusal(status: int, said: str, message: str, asked: RequestContext) -> str:
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
    large = status == 413 or any(word in message.lower() for word in ("too large", "image size", "context length"))
    hint = (
        "its images or its text are too large: lower 'pixel_budget' in the model's file"
        if large
        else "see options.leave_out, options.max_tokens_field and options.image_detail in docs/endpoints.md"
    )
    return f"{asked.address} refuses item {asked.item} ({said}); {hint}"


def _told(response: httpx.Response, secret: str | None) -> tuple[str, str]:
    """Message and code of an error response, whichever of the usual forms it has, on one line and without the key."""
    try:
        body = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        body = response.text
    error = body.get("error", body) if isinstance(body, dict) else body
    message, code = error, ""
    if isinstance(error, dict):
        message = error.get("message") or error.get("detail") or error
        code = str(error.get("code") or error.get("type") or "")
    text = " ".join(str(message).split())
    return (text.replace(secret, "…") if secret else text)[:LONGEST_MESSAGE], code


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that the endpoint asks to wait, from any of the three ways to say so."""
    milliseconds, value = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds:
            return max(0.0, float(milliseconds) / 1000)
        return max(0.0, float(value)) if value else None
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value or "").timestamp() - time.time())
    except ValueError:
        return None
