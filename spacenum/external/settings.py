"""The config's list of external benchmarks, and the parameters of the jobs that make their items and tables."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from spacenum.asking.base import ModelInfo
from spacenum.core.blocks import Block, Name
from spacenum.external.base import ProtocolName
from spacenum.scenes.spec import Split

IMPORTED = "data/items/{split}/{variant}/external.jsonl"
"""Where items of another benchmark, or of an imported set, lie in a study's folder."""
IMPORTED_IMAGES = IMPORTED.replace(".jsonl", ".images")
"""The folder of the images that an imported set shows."""
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class PublishedSet(Block):
    """A set that the paper's authors published. name: what it is called here."""

    name: Name
    split: Split


PUBLISHED = {
    "Sterzhang/spacenum-bench": PublishedSet(name="official", split="benchmark"),
    "Sterzhang/spacenum-train": PublishedSet(name="official_train", split="train"),
}
"""By their repository on the hub."""


class ExternalConfig(Block):
    """A benchmark that others published: from a file, or from the hub at a pinned revision."""

    benchmark: str = Field(description="which: docs/external.md lists them")
    path: str | None = Field(
        None, description="the published file on this machine, absolute or relative to the study's folder"
    )
    revision: Commit | None = Field(None, description="in place of path: the hub's commit to fetch the file from")
    repo: str | None = Field(
        None,
        pattern=r"^\w[\w.-]*/\w[\w.-]*$",
        description="the hub's repository; null: where the benchmark was published",
    )
    protocols: list[ProtocolName] | None = Field(
        None, min_length=1, description="how its items are asked; null: those that are common for it"
    )
    preface: str | None = Field(
        None, description="words before the question in protocol guided, in place of ours (docs/external.md)"
    )
    prompts: str | None = Field(
        None, description="the file of its authors' prompts, which protocol manual_cot follows (docs/external.md)"
    )

    @model_validator(mode="after")
    def _one_source(self) -> ExternalConfig:
        if (self.path is None) == (self.revision is None):
            raise ValueError("give either path, a file on this machine, or revision, a commit of the hub's repository")
        if self.repo and not self.revision:
            raise ValueError("repo goes with revision, the commit to fetch from it")
        if "manual_cot" in (self.protocols or []) and not self.prompts:
            raise ValueError("protocol manual_cot needs prompts, its authors' file of them (docs/external.md)")
        return self


class SourceParams(Block):
    """The file of a benchmark on the hub."""

    repo: str
    revision: str
    file: str


class QuestionsParams(Block):
    benchmark: str


class ExternalItemsParams(Block):
    benchmark: str
    variant: str
    protocol: ProtocolName
    preface: str | None
    seed: int


class AskedSet(Block):
    """Items that models were asked, under the name of their folder. protocol: null for an imported set."""

    variant: str
    benchmark: str
    protocol: ProtocolName | None


class ExternalTableParams(Block):
    """compared_with: the model that another is a tuned form of, by the other's name."""

    models: list[ModelInfo]
    compared_with: dict[str, str]
    sets: list[AskedSet]
