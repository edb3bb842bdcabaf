"""The base of everything that is read from a config or handed to a job: typed, frozen, no unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0, le=100_000)]


class Block(BaseModel):
    """A block of the config, or the parameters of a job."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoParams(Block):
    """For jobs that follow from their inputs alone."""
