"""The config of traces, and the parameters of the jobs that label them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePath

from pydantic import Field, field_validator

from spacenum.asking.modes import ModeName
from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block, Name

TAKEN = ("rules", "judge")


class TracesConfig(Block):
    """Labels of reasoning traces: docs/traces.md."""

    mode: ModeName | None = Field(
        None,
        description="the mode whose traces are labelled; null: the first reasoning mode of `modes`, if there is one",
    )
    sample: int = Field(
        50, ge=1, le=100_000, description="traces of each model and setting that the judge and people are shown"
    )
    judge: Name | None = Field(
        None, description="the model that labels the sample: a file in config/models with an endpoint; null: none"
    )
    judge_tokens: int = Field(512, ge=1, le=100_000, description="tokens after which a judge's reply is cut")
    sheets: list[str] = Field(
        [], description="sheets that people filled in, paths from the study's folder; `anna.csv` is Anna's"
    )

    @field_validator("sheets")
    @classmethod
    def _people(cls, sheets: list[str]) -> list[str]:
        for name, times in Counter(map(person, sheets)).items():
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or name in TAKEN:
                raise ValueError(f"'{name}.csv' can't be a person's; name the file after the person, in plain letters")
            if times > 1:
                raise ValueError(f"{times} sheets are called {name}.csv; name each after another person")
        return sheets


def person(sheet: str) -> str:
    """Whose sheet it is."""
    return PurePath(sheet).stem


class TraceRulesParams(Block):
    model: str


class TraceSampleParams(Block):
    """sample: of each model and setting."""

    sample: int
    seed: int


class TraceJudgeParams(TraceSampleParams):
    """config: of the judge."""

    model: str
    judge: str
    config: ModelConfig
    tokens: int


class TracePeopleParams(Block):
    person: str


class TraceTableParams(Block):
    table: str
