"""Progress that reads well from several jobs at once: a line now and then, with what is left."""

from __future__ import annotations

import sys
import time

EVERY_S = 10.0


class Progress:
    """Counts steps of a known total and says how far it is, at most every EVERY_S seconds and once at the end."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._start = self._said = time.monotonic()

    def step(self, count: int = 1) -> None:
        """Report that ``count`` more steps are done."""
        self._done += count
        now = time.monotonic()
        if now - self._said < EVERY_S and self._done < self._total:
            return
        self._said = now
        spent = now - self._start
        left = spent / self._done * (self._total - self._done)
        when = f"about {left:.0f} s left" if self._done < self._total else f"done in {spent:.0f} s"
        print(f"{self._what}: {self._done} of {self._total}, {when}", file=sys.stderr, flush=True)
