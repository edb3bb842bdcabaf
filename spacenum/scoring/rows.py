"""One row per item: what a model answered, whether it is right, and what guessing would have got."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby, product
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import ConfigDict, model_validator
from pydantic.dataclasses import dataclass

from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew
from spacenum.geometry.poses import Group
from spacenum.items.schema import (
    CELLS,
    AnyItem,
    AnySetting,
    AnyTask,
    Cell,
    Dimension,
    ExternalItem,
    Item,
    LayoutItem,
    LayoutOption,
    Letter,
    TransitionItem,
)
from spacenum.scenes.spec import Scale, Variation
from spacenum.scoring.proximity import middle_points, rank_points
from spacenum.scoring.records import read_records, write_records
from spacenum.scoring.separation import separation, weber_fraction

Outcome = Literal["right", "wrong", "unparsed", "truncated", "expected", "several"]
NO_LETTER: dict[str, Outcome] = {"?": "unparsed", "!": "truncated"}
"""How replies without a letter stand in a row of several."""
_DIGITS = 9  # exponentials differ in the last bits between machines; score files must not


class NotInOrder(Exception):
    """Answers that don't stand as jobs write them."""


@dataclass(config=ConfigDict(extra="forbid"), frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """How one item went. Everything that a table needs stands here, so that none has to read items again.

    outcome: "expected" is a reference's distribution over the letters; "several" are replies to one item that was asked
    again or with its options in other orders; every other outcome is one reply.
    score: 1 or 0, for "expected" the probability of the right letter, for "several" the share of right replies.
    Unparsed and truncated replies score 0.
    chance: what uniform guessing scores, 1/k.
    proximity: transitions, 0..100 points (see ``spacenum.scoring.proximity``), beside the points of uniform guessing
    and of always choosing the second or the third smallest number unseen.
    separation: items of two options, how far their numbers are apart; weber_fraction: the same relative to the numbers
    (see ``spacenum.scoring.separation``).
    position_ok, size_ok: layouts, of the chosen option; empty if none was chosen.
    chosen, shown: "several" only, a letter a reply, by repeat and then rotation: the option that was chosen, and the
    letter under which it was shown; ? is unparsed, ! truncated.
    errors: "several" layouts only, a letter a reply: p only the position wrong, s only the size, b both, r right, -
    without a letter.
    letter_mass: the letters' share of the next token's probability where they are read from it and it is known; of
    several replies the smallest. seconds: how long people took, the mean of several.
    guess_…_wrong: layouts, how probable it is that a uniform guess has only the position, only the size or both wrong.
    """

    item: str
    cell: str
    setting: AnySetting
    task: AnyTask
    group: Group | Dimension | None
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
    separation: float | None = None
    weber_fraction: float | None = None
    variation: Variation | None = None
    position_ok: bool | None = None
    size_ok: bool | None = None
    guess_position_wrong: float | None = None
    guess_size_wrong: float | None = None
    guess_both_wrong: float | None = None
    chosen: str | None = None
    shown: str | None = None
    errors: str | None = None
    letter_mass: float | None = None
    seconds: float | None = None

    @property
    def replies(self) -> Counter[Outcome]:
        """What became of each reply behind this row; nothing for "expected"."""
        if self.outcome != "several":
            return Counter([] if self.outcome == "expected" else [self.outcome])
        return Counter(
            NO_LETTER.get(mark) or ("right" if mark == self.truth else "wrong") for mark in self.chosen or ""
        )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.setting != "external" and self.cell not in CELLS:
            raise ValueError(f"cell {self.cell!r} is none of the 20 cells")
        if (self.letter is not None) != (self.outcome in ("right", "wrong")):
            raise ValueError("letter must be given if, and only if, outcome is 'right' or 'wrong'")
        if self.letter is not None and (self.letter == self.truth) != (self.outcome == "right"):
            raise ValueError(f"outcome is {self.outcome!r}, but letter is {self.letter} and truth is {self.truth}")
        if not 0 <= self.score <= 1 or (
            self.outcome not in ("expected", "several") and self.score != (self.outcome == "right")
        ):
            raise ValueError(f"score {self.score} does not go with outcome {self.outcome!r}")
        several = self.outcome == "several"
        if (self.chosen is not None, self.shown is not None) != (several, several):
            raise ValueError("chosen and shown must be given if, and only if, outcome is 'several'")
        return self


def score_answers(items: Iterable[AnyItem], answers: Iterable[Answer]) -> list[ScoreRow]:
    """One row per item, in the items' order; none for an item whose answer is "missing". SpaceNumError unless each has
    one answer, or as many repeats as the others and each either unrotated or in every rotation."""
    items = list(items)
    by_item = answers_by_item(items, answers)
    for given in by_item.values():
        if len(given) > 1 and any(answer.outcome == "missing" for answer in given):
            raise SpaceNumError(f"item {given[0].item} is said to have no answer, and has several; {anew('answers')}")
    items = [item for item in items if by_item[item.id][0].outcome != "missing"]
    repeats = {answer.repeat for given in by_item.values() for answer in given}
    for item in items:
        turns = len(item.options) if any(answer.rotation for answer in by_item[item.id]) else 1
        wanted = list(product(range(max(repeats) + 1), range(turns)))
        if [(answer.repeat, answer.rotation) for answer in by_item[item.id]] != wanted:
            raise SpaceNumError(
                f"item {item.id} lacks some of the {len(wanted)} answers that repeats and rotations make; "
                f"{anew('answers')}"
            )
    return [_score_all(item, by_item[item.id]) for item in items]


def score_in_order(items: Iterable[AnyItem], answers: Iterable[Answer]) -> Iterator[ScoreRow]:
    """The same, a row at a time, of answers that stand in the items' order, as jobs write them: a large study's don't
    fit into memory. NotInOrder if they don't, or if something else is wrong, which ``score_answers`` then says."""
    groups = groupby(answers, key=lambda answer: answer.item)
    seen: set[str] = set()
    repeats = None
    for item in items:
        name, group = next(groups, (None, iter(())))
        given = [*group]
        if name != item.id or name in seen:
            raise NotInOrder
        seen.add(name)
        if given[0].outcome == "missing":
            if len(given) > 1:
                raise NotInOrder
            continue
        turns = len(item.options) if any(answer.rotation for answer in given) else 1
        repeats = len(given) // turns if repeats is None else repeats
        if [(answer.repeat, answer.rotation) for answer in given] != [*product(range(repeats), range(turns))]:
            raise NotInOrder
        yield _score_all(item, given)
    if next(groups, None):
        raise NotInOrder


def answers_by_item(items: Sequence[AnyItem], answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    """The answers to each item, by repeat and rotation; SpaceNumError if one is missing, doubled or foreign."""
    known = {item.id for item in items}
    if len(known) < len(items):
        repeated = Counter(item.id for item in items).most_common(1)[0][0]
        raise SpaceNumError(f"item {repeated} stands twice among the items")
    by_item: dict[str, dict[tuple[int, int], Answer]] = {item.id: {} for item in items}
    for answer in answers:
        if answer.item not in known:
            raise SpaceNumError(f"there is an answer to item {answer.item}, which is not among the items")
        place = (answer.repeat, answer.rotation)
        if place in by_item[answer.item]:
            raise SpaceNumError(f"item {answer.item} has two answers; keep one of them")
        by_item[answer.item][place] = answer
    for item in items:
        if not by_item[item.id]:
            raise SpaceNumError(f"item {item.id} has no answer; {anew('answers')}")
    return {item: [given[place] for place in sorted(given)] for item, given in by_item.items()}


def _score_all(item: AnyItem, answers: Sequence[Answer]) -> ScoreRow:
    rows = [_score(item, answer) for answer in answers]
    if len(rows) == 1:
        return rows[0]
    letters = [option.letter for option in item.options]
    if any(row.outcome == "expected" for row in rows):
        raise SpaceNumError(
            f"item {item.id} has several answers, and some of them are distributions; these are exact at once"
        )
    marks = [row.letter or next(mark for mark, outcome in NO_LETTER.items() if outcome == row.outcome) for row in rows]
    shown = [
        letters[(letters.index(row.letter) - answer.rotation) % len(letters)] if row.letter else mark
        for row, answer, mark in zip(rows, answers, marks, strict=True)
    ]
    scored: dict[str, Any] = {
        "letter": None,
        "outcome": "several",
        "score": _mean([row.score for row in rows]),
        "proximity": _mean([row.proximity for row in rows]),
        "chosen": "".join(marks),
        "shown": "".join(shown),
        "position_ok": None,
        "size_ok": None,
        "errors": "".join(map(_error, rows)) if isinstance(item, LayoutItem) else None,
        "letter_mass": min((row.letter_mass for row in rows if row.letter_mass is not None), default=None),
        "seconds": _mean([row.seconds for row in rows]),
    }
    return replace(rows[0], **scored)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _stable(math.fsum(known) / len(known)) if known else None


def _error(row: ScoreRow) -> str:
    if row.letter is None:
        return "-"
    return {(True, True): "r", (False, True): "p", (True, False): "s", (False, False): "b"}[
        bool(row.position_ok), bool(row.size_ok)
    ]


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
    elif answer.outcome == "missing":
        raise SpaceNumError(f"item {item.id} has several answers, and some of them are missing; {anew('answers')}")
    else:
        outcome = "expected" if answer.outcome == "distribution" else answer.outcome
    common = ScoreRow(
        item=item.id,
        cell=item.cell,
        **_place(item),
        family=item.family,
        scene=item.scene,
        n_options=len(letters),
        truth=item.answer,
        letter=answer.letter,
        outcome=outcome,
        score=_stable(chosen[right]),
        chance=_stable(1 / len(letters)),
        letter_mass=answer.letter_mass,
        seconds=answer.seconds,
    )
    if isinstance(item, ExternalItem):
        return common
    more = _coupling(item, answer.letter) if isinstance(item, LayoutItem) else _proximity(item, right, chosen)
    return replace(common, **more, **_separation(item))


def _place(item: AnyItem) -> dict[str, Any]:
    """Where a row stands in tables. An imported item of one of the 20 cells stands where that cell says; other
    benchmarks' groups are theirs alone, so their rows have none."""
    if not isinstance(item, ExternalItem):
        return {"setting": item.setting, "task": item.task, "group": item.group, "scale": item.scale}
    if item.cell not in CELLS:
        return {"setting": item.setting, "task": item.task, "group": None, "scale": None}
    return asdict(Cell.of(item.cell))


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


def _separation(item: Item) -> dict[str, Any]:
    if len(item.options) != 2:
        return {}
    first, second = (option.value for option in item.options)
    return {
        "separation": _stable(separation(first, second)),
        "weber_fraction": _stable(weber_fraction(first, second)),
    }


def _proximity(item: TransitionItem, right: int, chosen: np.ndarray) -> dict[str, Any]:
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


def _coupling(item: LayoutItem, letter: Letter | None) -> dict[str, Any]:
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


def write_rows(path: Path, rows: Iterable[ScoreRow]) -> None:
    """Write a score file, atomically, each row as it comes; the same rows give the same bytes."""
    write_records(path, rows, ScoreRow)


def read_rows(path: Path) -> list[ScoreRow]:
    """Read and validate a score file; SpaceNumError names the file, the line and the field that is wrong."""
    return read_records(path, ScoreRow)
