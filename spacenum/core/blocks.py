"""The base of everything that is read from a config or handed to a job: typed, frozen, no unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

Count = Annotated[int, Field(ge=0, le=100_000)]
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"
NAME_RULE = "a name has letters, digits, _ and -, starts with a letter or a digit, and is at most 100 long"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""Of what users name: models, recipes, trainings, studies, imported sets. Names are parts of paths."""


class Block(BaseModel):
    """A block of the config, or the parameters of a job."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class KeyedBlock(Block):
    """A block that keys of kept replies are made of.

    LATER: fields that were added after the first keys. They aren't written while they keep their default, so that those
    keys still hold.
    """

    LATER: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _without_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: Mapping[str, Any] = write(self)
        apart = {name for name in self.LATER if getattr(self, name) == type(self).model_fields[name].default}
        return {name: value for name, value in written.items() if name not in apart}


class NoParams(Block):
    """For jobs that follow from their inputs alone."""
