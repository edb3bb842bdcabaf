"""What a job takes of the machine that runs it: never part of what it makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Needs:
    """memory_mb: of main memory. minutes: after which a cluster may end the job; estimates, on the generous side."""

    gpus: int = 0
    memory_mb: int = 4000
    minutes: int = 60
