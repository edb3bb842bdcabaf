"""How long a run will still take, from how long its jobs took so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

USUAL_S = {"frames": 30.0, "answers": 12.0, "checks": 13.0, "rerender": 14.0, "sft": 120.0, "grpo": 600.0,
           "answers_part": 3600.0}  # fmt: skip
"""Seconds of a job on one core of the default study, until this run has finished one of its rule."""
OTHERS_S = 2.0


class TimeLeft:
    """Counts what is finished of a run. jobs: how many there are of each rule."""

    def __init__(self, jobs: Mapping[str, int], now: float) -> None:
        self._open, self._start = Counter(jobs), now
        self.total = sum(jobs.values())
        self._seconds: dict[str, float] = defaultdict(float)
        self._finished: Counter[str] = Counter()

    @property
    def done(self) -> int:
        return self._finished.total()

    def finish(self, rule: str, seconds: float) -> None:
        """One job of a rule took so many seconds."""
        self._open[rule] -= 1
        self._finished[rule] += 1
        self._seconds[rule] += seconds

    def fail(self, rule: str) -> None:
        """One job of a rule will not be finished in this run, unless it is tried again."""
        self._open[rule] -= 1

    def seconds(self, now: float) -> float:
        """What is left, if as many jobs run side by side as did so far."""
        side_by_side = max(1.0, sum(self._seconds.values()) / max(now - self._start, 1.0))
        return sum(max(count, 0) * self._usual(rule) for rule, count in self._open.items()) / side_by_side

    def _usual(self, rule: str) -> float:
        finished = self._finished[rule]
        return self._seconds[rule] / finished if finished else USUAL_S.get(rule, OTHERS_S)


def spoken(seconds: float) -> str:
    """A duration in words that are no more exact than it is known."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
