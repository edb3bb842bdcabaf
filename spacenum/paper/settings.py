"""Parameters of the job that typesets a study's report."""

from __future__ import annotations

from typing import Any

from spacenum.asking.base import ModelInfo
from spacenum.core.blocks import Block
from spacenum.items.schema import Setting


class ReportedModel(Block):
    """A model of the study, as its file has it. pinned: whether the file names a commit, or there is none to name."""

    info: ModelInfo
    settings: list[Setting]
    backend: str
    checkpoint: str | None
    revision: str | None
    pinned: bool


class ReportedFigure(Block):
    """number: in the paper. sees: what to look for, and what marks mean. tables: those that it draws. beside_published:
    whether it also shows the paper's numbers."""

    number: str
    title: str
    sees: str
    tables: list[str]
    beside_published: bool


class PaperDeviation(Block):
    """What the study does otherwise than the paper, and why."""

    key: str
    what: str
    why: str | None

    @property
    def said(self) -> str:
        """Both, in sentences."""
        return f"{self.what}. {self.why or ''}".rstrip()


class PaperParams(Block):
    """config: the study's, whole. variants: what each changes. figures, tables: what is said of each, by name; the
    report has them in this order. version: of this project."""

    config: dict[str, Any]
    version: str
    models: list[ReportedModel]
    variants: dict[str, str]
    figures: dict[str, ReportedFigure]
    tables: dict[str, str]
    deviations: list[PaperDeviation]
