"""How fast an endpoint may be asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class RateLimiter:
    """Starts requests evenly spaced, so that no minute holds more of them, or of their tokens, than allowed.

    One per event loop. ``clock`` and ``sleep`` are in seconds.
    """

    def __init__(
        self,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_request = 60 / requests_per_minute if requests_per_minute else 0.0
        self._per_token = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._next = self._paused_until = clock()

    async def admit(self, tokens: float) -> None:
        """Wait for this request's turn; ``tokens`` is what it is expected to cost."""
        start = max(self._clock(), self._next)
        self._next = start + max(self._per_request, tokens * self._per_token)
        while (wait := max(start, self._paused_until) - self._clock()) > 0:
            await self._sleep(wait)

    def correct(self, tokens: float) -> None:
        """Tell by how many tokens a request cost more (or, negative, less) than expected."""
        self._next += tokens * self._per_token

    def pause(self, seconds: float) -> None:
        """Let nothing start for so long: the endpoint said so."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)
