"""Open answers, one row per item: the numbers that were written beside those that are true."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew
from spacenum.frames.plan import MAGNITUDES
from spacenum.geometry.poses import Group
from spacenum.items.schema import AnyItem, Corners, Dimension, Item, LayoutItem, Setting
from spacenum.scenes.spec import Scale
from spacenum.scoring.records import read_records, write_records
from spacenum.scoring.rows import answers_by_item

LAYOUT_STEP = 0.1
"""The last decimal place of a map's numbers."""


@dataclass(config=ConfigDict(extra="forbid"), frozen=True, slots=True, kw_only=True)
class OpenRow:
    """How one item went that was asked for its numbers.

    truth, answer: numbers in the prompt's unit with spaces between; one for transitions, the two corners' for layouts.
    step: how far apart neighbouring numbers of this kind stand.
    """

    item: str
    cell: str
    setting: Setting
    group: Group | Dimension
    scale: Scale | None
    family: str
    scene: str
    outcome: Literal["written", "unparsed", "truncated"]
    unit: Literal["m", "deg", "map"]
    truth: str
    answer: str | None
    step: float

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.answer is not None) != (self.outcome == "written"):
            raise ValueError("answer must be given if, and only if, outcome is 'written'")
        if self.answer is not None and len(self.answer.split()) != len(self.truth.split()):
            raise ValueError(f"answer '{self.answer}' has another number of numbers than truth '{self.truth}'")
        return self

    @property
    def truths(self) -> NDArray[np.float64]:
        return np.array(self.truth.split(), dtype=float)

    @property
    def answers(self) -> NDArray[np.float64]:
        """As many numbers as ``truths``; NaN if none were read."""
        return np.array(self.answer.split(), dtype=float) if self.answer else np.full(len(self.truths), np.nan)


def score_open_answers(items: Iterable[AnyItem], answers: Iterable[Answer]) -> list[OpenRow]:
    """One row per Space2Num item; Num2Space, which asks for an image, has no open form and no row."""
    asked = [item for item in items if isinstance(item, Item) and item.task == "space2num"]
    return [
        _row(item, given) for item, (given, *_) in zip(asked, answers_by_item(asked, answers).values(), strict=True)
    ]


def _row(item: Item, answer: Answer) -> OpenRow:
    if answer.outcome == "distribution" or answer.outcome == "missing" or answer.letter:
        raise SpaceNumError(
            f"item {item.id} was answered by letter or not at all, and its mode asks for numbers; {anew('answers')}"
        )
    return OpenRow(
        item=item.id,
        cell=item.cell,
        setting=item.setting,
        group=item.group,
        scale=item.scale,
        family=item.family,
        scene=item.scene,
        outcome="written" if answer.outcome == "parsed" else answer.outcome,
        answer=None if answer.value is None else _numbers(answer.value),
        **_truth(item),
    )


def _truth(item: Item) -> dict:
    if isinstance(item, LayoutItem):
        return {"unit": "map", "truth": _numbers(item.truth.corners), "step": LAYOUT_STEP}
    magnitudes = MAGNITUDES[item.group]
    step = round(magnitudes[1] - magnitudes[0], 9)
    return {"unit": item.truth.unit, "truth": _numbers(item.truth.magnitude), "step": step}


def _numbers(value: float | Corners) -> str:
    return " ".join(f"{number:.10g}" for number in np.ravel(value))


def write_open_rows(path: Path, rows: Iterable[OpenRow]) -> None:
    """Write a score file of open answers, atomically."""
    write_records(path, rows, OpenRow)


def read_open_rows(path: Path) -> list[OpenRow]:
    """Read and validate a score file of open answers; SpaceNumError names the file, the line and the field."""
    return read_records(path, OpenRow)
