"""One row per item: what a model answered, whether it is right, and what guessing would have got."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from spacenum.errors import SpaceNumError
from spacenum.geometry.poses import Group
from spacenum.items.schema import CELLS, Dimension, LayoutItem, LayoutOption, Letter, Setting, Task, TransitionItem
from spacenum.models.base import Answer
from spacenum.provenance import first_problem, write_text
from spacenum.scenes.spec import Scale, Variation
from spacenum.scoring.proximity import middle_points, rank_points

AnyItem = TransitionItem | LayoutItem
Outcome = Literal["right", "wrong", "unparsed", "truncated", "expected"]
_DIGITS = 9  # exponentials differ in the last bits between machines; score files must not


class ScoreRow(BaseModel):
    """How one item went. Everything that a table needs stands here, so that none has to read items again.

    outcome: "expected" is a reference's distribution over the letters; every other outcome is one reply.
    score: 1 or 0, for "expected" the probability of the right letter. Unparsed and truncated replies score 0.
    chance: what uniform guessing scores, 1/k.
    proximity: transitions, 0..100 points (see ``spacenum.scoring.proximity``), beside the points of uniform guessing
    and of always choosing the second or the third smallest number unseen.
    position_ok, size_ok: layouts, of the chosen option; empty if none was chosen.
    guess_…_wrong: layouts, how probable it is that a uniform guess has only the position, only the size or both wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    cell: str
    setting: Setting
    task: Task
    group: Group | Dimension
    scale: Scale | None
    family: str
    scene: str
    n_options: int
    truth: Letter
    letter: Letter | None
    outcome: Outcome
    score: float
    chance: float
    proximity: float | None = None
    proximity_chance: float | None = None
    proximity_second: float | None = None
    proximity_third: float | None = None
    variation: Variation | None = None
    position_ok: bool | None = None
    size_ok: bool | None = None
    guess_position_wrong: float | None = None
    guess_size_wrong: float | None = None
    guess_both_wrong: float | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.cell not in CELLS:
            raise ValueError(f"cell {self.cell!r} is none of the 20 cells")
        if (self.letter is not None) != (self.outcome in ("right", "wrong")):
            raise ValueError("letter must be given if, and only if, outcome is 'right' or 'wrong'")
        if self.letter is not None and (self.letter == self.truth) != (self.outcome == "right"):
            raise ValueError(f"outcome is {self.outcome!r}, but letter is {self.letter} and truth is {self.truth}")
        if not 0 <= self.score <= 1 or (self.outcome != "expected" and self.score != (self.outcome == "right")):
            raise ValueError(f"score {self.score} does not go with outcome {self.outcome!r}")
        return self


def score_answers(items: Iterable[AnyItem], answers: Iterable[Answer]) -> list[ScoreRow]:
    """One row per item, in the items' order; SpaceNumError unless there is exactly one answer to each of them."""
    items = list(items)
    known = {item.id for item in items}
    if len(known) < len(items):
        repeated = Counter(item.id for item in items).most_common(1)[0][0]
        raise SpaceNumError(f"item {repeated} stands twice among the items")
    by_item: dict[str, Answer] = {}
    for answer in answers:
        if answer.item not in known:
            raise SpaceNumError(f"there is an answer to item {answer.item}, which is not among the items")
        if answer.item in by_item:
            raise SpaceNumError(f"item {answer.item} has two answers; keep one of them")
        by_item[answer.item] = answer
    for item in items:
        if item.id not in by_item:
            raise SpaceNumError(f"item {item.id} has no answer; run its model again before scoring")
    return [_score(item, by_item[item.id]) for item in items]


def _score(item: AnyItem, answer: Answer) -> ScoreRow:
    letters = [option.letter for option in item.options]
    if item.answer not in letters:
        raise SpaceNumError(f"item {item.id}: its right letter {item.answer} is none of its options {letters}")
    if answer.letter is not None and answer.letter not in letters:
        raise SpaceNumError(f"item {item.id}: the answer is {answer.letter}, but it offers only {', '.join(letters)}")
    chosen = _probabilities(item, letters, answer)
    right = letters.index(item.answer)
    if answer.outcome == "parsed":
        outcome: Outcome = "right" if answer.letter == item.answer else "wrong"
    else:
        outcome = "expected" if answer.outcome == "distribution" else answer.outcome
    common = ScoreRow(
        item=item.id,
        cell=item.cell,
        setting=item.setting,
        task=item.task,
        group=item.group,
        scale=item.scale,
        family=item.family,
        scene=item.scene,
        n_options=len(letters),
        truth=item.answer,
        letter=answer.letter,
        outcome=outcome,
        score=_stable(chosen[right]),
        chance=_stable(1 / len(letters)),
    )
    if isinstance(item, TransitionItem):
        return common.model_copy(update=_proximity(item, right, chosen))
    return common.model_copy(update=_coupling(item, answer.letter))


def _probabilities(item: AnyItem, letters: list[Letter], answer: Answer) -> np.ndarray:
    """How probably each option is chosen; all zero if nothing was. A letter without log-probability has none."""
    if answer.outcome != "distribution":
        return np.array([float(letter == answer.letter) for letter in letters])
    given = answer.letter_logprobs or {}
    logs = np.array([given.get(letter, -math.inf) for letter in letters])
    if np.isnan(logs).any() or not np.isfinite(logs.max()):
        raise SpaceNumError(f"item {item.id}: its letter_logprobs {given} give no probability to its options")
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def _proximity(item: TransitionItem, right: int, chosen: np.ndarray) -> dict[str, float]:
    """Proximity fields; none unless there are four options, for which alone the points are defined."""
    values = [option.value for option in item.options]
    if len(values) != 4:
        return {}
    points = rank_points(values, values[right])
    second, third = middle_points(values, values[right])
    return {
        "proximity": _stable(float(chosen @ points)),
        "proximity_chance": _stable(float(points.mean())),
        "proximity_second": second,
        "proximity_third": third,
    }


def _coupling(item: LayoutItem, letter: Letter | None) -> dict[str, object]:
    chosen = next((option for option in item.options if option.letter == letter), None)

    def share(position_ok: bool, size_ok: bool) -> float:
        wrong = [option for option in item.options if option.letter != item.answer]
        return _stable(sum(_is(option, position_ok, size_ok) for option in wrong) / len(item.options))

    return {
        "variation": item.truth.variation,
        "position_ok": chosen.position_ok if chosen else None,
        "size_ok": chosen.size_ok if chosen else None,
        "guess_position_wrong": share(False, True),
        "guess_size_wrong": share(True, False),
        "guess_both_wrong": share(False, False),
    }


def _is(option: LayoutOption, position_ok: bool, size_ok: bool) -> bool:
    return option.position_ok == position_ok and option.size_ok == size_ok


def _stable(value: float) -> float:
    return round(float(value), _DIGITS)


def rows_to_csv(rows: Iterable[ScoreRow]) -> str:
    """CSV text: an empty field is None, true and false are booleans, floats are the shortest text that reads back."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ScoreRow.model_fields)
    for row in rows:
        writer.writerow(_field(value) for value in row.model_dump().values())
    return text.getvalue()


def _field(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_rows(path: Path, rows: Iterable[ScoreRow]) -> None:
    """Write a score file, atomically; the same rows give the same bytes."""
    write_text(path, rows_to_csv(rows))


def read_rows(path: Path) -> list[ScoreRow]:
    """Read and validate a score file; SpaceNumError names the file, the line and the field that is wrong."""
    try:
        lines = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such file; the rule that makes it has not run") from None
    header = next(lines, [])
    if header != list(ScoreRow.model_fields):
        raise SpaceNumError(f"{path}, line 1: the columns should be {','.join(ScoreRow.model_fields)}")
    rows = []
    for fields in lines:
        if len(fields) != len(header):
            raise SpaceNumError(f"{path}, line {lines.line_num}: {len(fields)} fields in place of {len(header)}")
        try:
            rows.append(ScoreRow.model_validate({key: text or None for key, text in zip(header, fields, strict=True)}))
        except ValidationError as error:
            raise SpaceNumError(f"{path}, line {lines.line_num}: {first_problem(error)}") from None
    return rows
