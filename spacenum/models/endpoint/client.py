"""A client of an endpoint of chat completions, with retries."""

from __future__ import annotations

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
from spacenum.models.endpoint.completions import NOTHING, Completion
from spacenum.models.endpoint.failures import Filtered, Passing, RequestContext, of_status, of_transport
from spacenum.models.endpoint.limits import RateLimiter
from spacenum.models.endpoint.settings import EndpointMachine

UNREACHED_S = 20.0
"""How long an address is tried that has never answered: longer than a hiccup, shorter than a typing error deserves."""


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
class Client:
    """Sends requests, waits where told to, and tries again what may pass.

    gone: whether what stands behind the address has ended for good, so that no more tries are worth it.
    Belongs to one event loop. SpaceNumError says what can be mended; the key stands in no message.
    """

    address: Address
    checkpoint: str
    machine: EndpointMachine
    gone: Callable[[], bool] = lambda: False
    retries: int = 0
    answered: bool = False
    _http: httpx.AsyncClient = field(init=False)
    _limiter: RateLimiter = field(init=False)

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
        self._limiter = RateLimiter(machine.requests_per_minute, machine.tokens_per_minute)

    async def complete(self, item: str, body: Mapping[str, Any], tokens: float) -> Completion:
        """The completion of one request; ``tokens``: what it is expected to cost, for the limit per minute."""
        asked = RequestContext(self.address.url, self.checkpoint, item, self.address.key_env)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Passing),
            wait=self._wait,
            stop=self._out_of_patience,
            before_sleep=self._say,
            reraise=True,
        )
        try:
            completion: Completion = await retrying(self._try, asked, body, tokens)
        except Passing as failure:
            raise SpaceNumError(self._gave_up(failure)) from None
        except Filtered as filtered:
            print(f"endpoint: {item} was filtered ({filtered}); its reply is empty", file=sys.stderr, flush=True)
            return NOTHING
        return completion

    async def close(self) -> None:
        await self._http.aclose()

    async def _try(self, asked: RequestContext, body: Mapping[str, Any], tokens: float) -> Completion:
        await self._limiter.admit(tokens)
        secret = self.address.key.get_secret_value() if self.address.key else None
        try:
            response = await self._http.post("chat/completions", json=body)
        except httpx.TransportError as error:
            raise of_transport(error, asked) from None
        self.answered = True
        if response.status_code != httpx.codes.OK:
            raise of_status(response, asked, secret)
        try:
            completion = Completion.model_validate_json(response.content)
        except ValidationError:
            raise Passing(f"{asked.address} answered something else than a chat completion") from None
        usage = completion.usage
        if usage.prompt_tokens is not None:
            self._limiter.correct(usage.prompt_tokens + (usage.completion_tokens or 0) - tokens)
        return completion

    def _wait(self, state: RetryCallState) -> float:
        """Seconds until the next try: what the endpoint asked for, or twice as long as the last time."""
        failure = _failure(state)
        if failure.wait_s is not None:
            self._limiter.pause(failure.wait_s)
            return failure.wait_s
        return wait_exponential_jitter(
            multiplier=self.machine.first_s, max=self.machine.longest_s, jitter=self.machine.first_s
        )(state)

    def _out_of_patience(self, state: RetryCallState) -> bool:
        if self.gone():
            return True
        unreached = _failure(state).unreached and not self.answered
        patience = min(UNREACHED_S, self.machine.patience_s) if unreached else self.machine.patience_s
        return (state.seconds_since_start or 0.0) + state.upcoming_sleep > patience

    def _say(self, state: RetryCallState) -> None:
        self.retries += 1
        print(
            f"endpoint: {_failure(state).sentence}; trying again in {state.upcoming_sleep:.1f} s",
            file=sys.stderr,
            flush=True,
        )

    def _gave_up(self, failure: Passing) -> str:
        if failure.unreached and not self.answered:
            return f"{failure.sentence}; check the address, and the network of this machine"
        wanted = f" and asks to wait {failure.wait_s:.0f} s" if failure.wait_s else ""
        return (
            f"{failure.sentence}{wanted}, longer than SPACENUM_ENDPOINT_PATIENCE_S={self.machine.patience_s:g} allows; "
            "replies of finished batches are kept: run the same command again later, or lower "
            "SPACENUM_ENDPOINT_CONCURRENCY or SPACENUM_ENDPOINT_REQUESTS_PER_MINUTE"
        )


def _failure(state: RetryCallState) -> Passing:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Passing)
    return failure
