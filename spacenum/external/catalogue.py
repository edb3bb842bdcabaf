"""The external benchmarks that there are: entries of ``BENCHMARKS`` in the modules of this package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from spacenum.core.catalogue import constant_of, modules_with
from spacenum.core.errors import ConfigError
from spacenum.external.base import Benchmark

FOLDER = Path(__file__).parent


@cache
def _found() -> dict[str, tuple[Benchmark, Path]]:
    return {
        name: (benchmark, path)
        for path in modules_with(FOLDER, "BENCHMARKS")
        for name, benchmark in constant_of(f"spacenum.external.{path.stem}", "BENCHMARKS").items()
    }


def names() -> list[str]:
    """Names of all benchmarks."""
    return sorted(_found())


def benchmark(name: str) -> Benchmark:
    """The benchmark of that name; SpaceNumError names those that there are."""
    if name not in _found():
        raise ConfigError("external", f"names the benchmark '{name}'; there are {', '.join(names())}")
    return _found()[name][0]


def benchmark_file(name: str) -> Path:
    """The module that reads a benchmark."""
    return _found()[name][1]
