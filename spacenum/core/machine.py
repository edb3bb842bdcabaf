"""Settings of the machine, not of the study: read from the environment,
so that no result and no job depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import Field, ValidationError

from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem

B = TypeVar("B", bound=Block)


class GpuMemory(Block):
    """Variable SPACENUM_GPU_GB: memory of one of the GPUs that jobs are given, in GB."""

    gpu_gb: int = Field(80, ge=1)


def gpu_gb(environment: Mapping[str, str]) -> int:
    """Memory of one GPU in GB, as this machine's variable says; 80 unless it does."""
    return from_environment(GpuMemory, "SPACENUM_", environment).gpu_gb


def from_environment(kind: type[B], prefix: str, environment: Mapping[str, str]) -> B:
    """A block whose field ``x`` is the variable ``<prefix>X``; what is not set, or empty, keeps its default.

    SpaceNumError names the variable whose value is not right.
    """
    names = {field: f"{prefix}{field.upper()}" for field in kind.model_fields}
    given = {field: environment[name] for field, name in names.items() if environment.get(name)}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise SpaceNumError(f"environment variable {names[field]}: {first_problem(error)}") from None
