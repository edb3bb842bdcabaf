"""A client of an endpoint of chat completions, with retries."""

from __future__ import annotations

import asyncio
import ipaddress
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr, ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from spacenum.core.errors import SpaceNumError
from spacenum.models.endpoint.completions import Completion, Usage, read_json
from spacenum.models.endpoint.failures import (
    Declined,
    Passing,
    Refused,
    RequestContext,
    broken_off,
    event_stream,
    no_completion,
    of_error,
    of_transport,
    too_long,
    too_slow,
)
from spacenum.models.endpoint.limits import RateLimiter
from spacenum.models.endpoint.settings import EndpointMachine
from spacenum.models.endpoint.told import error_in

UNREACHED_S = 20.0
"""How long an address is tried that has never answered: longer than a hiccup, shorter than a typing error deserves."""
MOST_BYTES = 16 << 20
"""Of a response, unpacked: a hundred thousand tokens in the longest spelling that JSON has need less."""
MOST_ERROR_BYTES = 64 << 10
"""Of what an error says; the rest isn't read."""


class Stopped(Exception):
    """Nothing more is asked, since another question has failed for good."""


@dataclass(frozen=True)
class Address:
    """Where to ask, and with which key. key_env: the variable that the key came from."""

    url: str
    key: SecretStr | None = None
    key_env: str | None = None

    @property
    def local(self) -> bool:
        """Whether it is this machine, which no proxy should stand before."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


@dataclass
class _Alike:
    """Requests with the same fields: how many are under way, and whether one was ever answered."""

    under_way: int = 0
    answered: bool = False
    ended: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def end(self, answered: bool) -> None:
        """One has its answer, or will have none."""
        async with self.ended:
            self.under_way, self.answered = self.under_way - 1, self.answered or answered
            self.ended.notify_all()

    async def any_answered(self) -> bool:
        """Whether one was answered, once that can be told."""
        async with self.ended:
            await self.ended.wait_for(lambda: self.answered or not self.under_way)
        return self.answered


@dataclass
class Client:
    """Sends requests, waits where told to, and tries again what may pass.

    answered: whether anything ever came back.
    gone: whether what stands behind the address has ended for good, so that no more tries are worth it.
    Belongs to one event loop. SpaceNumError says what can be mended; the key stands in no message.
    """

    address: Address
    checkpoint: str
    machine: EndpointMachine
    gone: Callable[[], bool] = lambda: False
    retries: int = 0
    answered: bool = False
    _alike: dict[frozenset[str], _Alike] = field(default_factory=dict, init=False)
    _http: httpx.AsyncClient = field(init=False)
    _limiter: RateLimiter = field(init=False)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        key = self.address.key
        machine = self.machine
        self._http = httpx.AsyncClient(
            base_url=self.address.url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            timeout=httpx.Timeout(machine.timeout_s, connect=min(30.0, machine.timeout_s)),
            limits=httpx.Limits(max_connections=machine.concurrency),
            trust_env=not self.address.local,
        )
        self._limiter = RateLimiter(machine.requests_per_minute, machine.tokens_per_minute, sleep=self._pause)

    @property
    def stopped(self) -> bool:
        """Whether nothing more is asked."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ask nothing more: requests that are under way get their answers, and all others raise ``Stopped``."""
        self._stopped.set()

    def resume(self) -> None:
        """Take questions again."""
        self._stopped.clear()

    def takes(self, body: Mapping[str, Any]) -> None:
        """A request with these fields was answered in an earlier run."""
        self._alike.setdefault(frozenset(body), _Alike()).answered = True

    async def complete(
        self, item: str, body: Mapping[str, Any], tokens: float, lost: Callable[[Usage], None] | None = None
    ) -> Completion:
        """The completion of one request; ``tokens``: what it is expected to cost, for the limit per minute. ``lost``
        is told what a reply cost that broke off. Stopped if ``stop`` was called before there is one."""
        asked = RequestContext(self.address.url, self.checkpoint, item, self.address.key_env)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Passing),
            wait=self._wait,
            stop=self._out_of_patience,
            before_sleep=self._say,
            sleep=self._pause,
            reraise=True,
        )
        alike = self._alike.setdefault(frozenset(body), _Alike())
        alike.under_way += 1
        answered = False
        try:
            completion: Completion = await retrying(self._try, asked, body, tokens, lost)
            answered = True
            return completion
        except Passing as failure:
            raise SpaceNumError(self._gave_up(failure)) from None
        except Refused as refused:
            return Completion.without(refused.reason)
        except Declined as failure:
            declined = failure
        finally:
            await alike.end(answered)
        if not await alike.any_answered():  # then a field of all such requests may be at fault
            raise SpaceNumError(declined.sentence)
        return Completion.without(declined.reason)

    async def close(self) -> None:
        await self._http.aclose()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but for no longer than questions are asked."""
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return
        raise Stopped

    async def _try(
        self, asked: RequestContext, body: Mapping[str, Any], tokens: float, lost: Callable[[Usage], None] | None
    ) -> Completion:
        await self._limiter.admit(tokens)
        if self.stopped:
            raise Stopped
        response, data = await self._exchange(asked, body)
        secret = self.address.key.get_secret_value() if self.address.key else None
        if not response.is_success:
            raise of_error(response.status_code, _said(data), asked, secret, response.headers)
        completion = _completion(data, asked, secret, response)
        usage = completion.usage
        if usage.prompt_tokens is not None:
            self._limiter.correct(usage.prompt_tokens + (usage.completion_tokens or 0) - tokens)
        if completion.ending == "failed":
            if lost:
                lost(usage)
            raise broken_off(completion.reason, asked)
        return completion

    async def _exchange(self, asked: RequestContext, body: Mapping[str, Any]) -> tuple[httpx.Response, bytes]:
        """A response and its body, whole: in time, however slowly it drips, and no longer than a completion can be."""
        timeout_s = self.machine.timeout_s
        try:
            async with asyncio.timeout(timeout_s), self._http.stream("POST", "chat/completions", json=body) as response:
                self.answered = True
                most, data = MOST_BYTES if response.is_success else MOST_ERROR_BYTES, bytearray()
                async for piece in response.aiter_bytes():
                    data += piece
                    if len(data) > most:
                        break
        except httpx.RequestError as error:
            raise of_transport(error, asked) from None
        except TimeoutError:
            raise too_slow(timeout_s, asked) from None
        if response.is_success and len(data) > most:
            raise too_long(most, asked)
        return response, bytes(data)

    def _wait(self, state: RetryCallState) -> float:
        """Seconds until the next try: what the endpoint asked for, if that is a pause at all, or twice as long as the
        last time."""
        asked_s = _failure(state).wait_s
        if asked_s is None or asked_s < self.machine.first_s:
            own = wait_exponential_jitter(
                multiplier=self.machine.first_s, max=self.machine.longest_s, jitter=self.machine.first_s
            )
            return own(state)
        if asked_s <= self.machine.patience_s:
            self._limiter.pause(asked_s)
        return asked_s

    def _out_of_patience(self, state: RetryCallState) -> bool:
        failure = _failure(state)
        if self.gone() or (failure.most_tries is not None and state.attempt_number >= failure.most_tries):
            return True
        return state.upcoming_sleep > self._left(state)

    def _left(self, state: RetryCallState) -> float:
        """Seconds for which the question may still be tried again."""
        unreached = _failure(state).unreached and not self.answered
        patience = min(UNREACHED_S, self.machine.patience_s) if unreached else self.machine.patience_s
        return patience - (state.seconds_since_start or 0.0)

    def _say(self, state: RetryCallState) -> None:
        self.retries += 1
        print(
            f"endpoint: {_failure(state).sentence}; trying again in {state.upcoming_sleep:.1f} s, for up to "
            f"{self._left(state):.0f} s more",
            file=sys.stderr,
            flush=True,
        )

    def _gave_up(self, failure: Passing) -> str:
        if failure.unreached and not self.answered:
            return f"{failure.sentence}; check the address, and the network of this machine"
        if failure.remedy:
            return f"{failure.sentence}, and again when it was asked once more; {failure.remedy}"
        wanted = f" and asks to wait {failure.wait_s:.0f} s" if failure.wait_s else ""
        return (
            f"{failure.sentence}{wanted}, longer than SPACENUM_ENDPOINT_PATIENCE_S={self.machine.patience_s:g} allows; "
            "kept replies aren't asked again: run the same command later, or lower "
            "SPACENUM_ENDPOINT_CONCURRENCY or SPACENUM_ENDPOINT_REQUESTS_PER_MINUTE"
        )


def _said(data: bytes) -> Any:
    """The body of an error: its value, or its text if it isn't JSON."""
    try:
        return read_json(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def _completion(data: bytes, asked: RequestContext, secret: str | None, response: httpx.Response) -> Completion:
    """The completion in a body; raises what stands there instead."""
    events = data.lstrip().startswith((b"data:", b"event:"))
    try:
        body = _unwrapped(read_json(_first_event(data) if events else data))
    except ValueError:
        raise event_stream(asked) if events else no_completion(asked, data, secret) from None
    if (error := error_in(body)) is not None:
        raise of_error(response.status_code, {"error": error}, asked, secret, response.headers)
    if events:
        raise event_stream(asked)
    try:
        completion = Completion.model_validate(body)
    except ValidationError:
        raise no_completion(asked, data, secret) from None
    return completion


def _first_event(data: bytes) -> bytes:
    """What the first event of a stream holds, which may be an error."""
    lines = (line.strip() for line in data.splitlines())
    return next((line.removeprefix(b"data:") for line in lines if line.startswith(b"data:")), b"")


def _unwrapped(body: Any) -> Any:
    """A completion that stands under ``data``, as gateways hand it over."""
    inner = body.get("data") if isinstance(body, dict) and "choices" not in body else None
    return inner if isinstance(inner, dict) and isinstance(inner.get("choices"), list) else body


def _failure(state: RetryCallState) -> Passing:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Passing)
    return failure
