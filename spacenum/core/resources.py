"""What a job takes of the machine that runs it: never part of what it makes."""

from __future__ import annotations

from dataclasses import dataclass

CPUS_PER_GPU = 4


@dataclass(frozen=True)
class Needs:
    """memory_mb: of main memory. minutes: after which a cluster may end the job; estimates, on the generous side."""

    gpus: int = 0
    memory_mb: int = 4000
    minutes: int = 60

    @property
    def threads(self) -> int:
        """CPUs: several for each GPU, which read images ahead of it."""
        return max(1, CPUS_PER_GPU * self.gpus)
