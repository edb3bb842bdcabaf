"""Score rows as arrays: what each model did with each item, under each condition of a study."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spacenum.core.arrays import Array
from spacenum.core.provenance import read_jsonl
from spacenum.items.schema import CELLS, Item, LayoutItem, TransitionItem
from spacenum.scoring.proximity import rank_points
from spacenum.scoring.rows import ScoreRow, read_rows
from spacenum.traces.labels import FAILURES, TraceLabels

BLIND = "blind"
"""The condition in which even a perfect model can only guess."""
BASE, TUNED = "base:", "tuned:"
TRACES = "traces: "
"""Begins the conditions that say of each trace of a wrong answer whether it shows a failure."""


@dataclass(frozen=True, kw_only=True)
class Items:
    """The items of a study, [items] each, in one order.

    cell, scene, stratum, family: numbers from 0; cell: of ``cells``, scene: of ``scenes``. count: options. right: place
    of the right one. both: layouts whose options are two positions by two sizes. points, both_wrong: [items, 4] of each
    option, its proximity points (NaN in layouts), and whether position and size are both wrong.
    """

    ids: tuple[str, ...]
    scenes: tuple[str, ...]
    cell: NDArray[np.int64]
    scene: NDArray[np.int64]
    stratum: NDArray[np.int64]
    family: NDArray[np.int64]
    count: NDArray[np.int64]
    right: NDArray[np.int64]
    both: NDArray[np.bool_]
    points: Array
    both_wrong: NDArray[np.bool_]
    cells: tuple[str, ...] = CELLS

    @property
    def chance(self) -> Array:
        return 1 / self.count

    @cached_property
    def guessed_both(self) -> Array:
        """Of wrong guesses, the share with position and size wrong."""
        return self.both_wrong.sum(axis=1) / (self.count - 1)

    @cached_property
    def place(self) -> dict[str, int]:
        return {id: k for k, id in enumerate(self.ids)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What becomes of an item in arrays: a large study's items don't all fit into memory."""

    id: str
    cell: int
    scene: str
    family: str
    count: int
    right: int
    both: bool
    points: Sequence[float]
    both_wrong: Sequence[bool]

    @classmethod
    def of(cls, item: Item) -> _Known:
        right = [option.letter for option in item.options].index(item.answer)
        points, wrong = [np.nan] * 4, [False] * 4
        if isinstance(item, TransitionItem) and len(item.options) == 4:
            values = [option.value for option in item.options]
            points = rank_points(values, values[right]).tolist()
        if isinstance(item, LayoutItem):
            wrong[: len(item.options)] = [not o.position_ok and not o.size_ok for o in item.options]
        return cls(
            id=item.id,
            cell=CELLS.index(item.cell),
            scene=f"{item.setting}/{item.scale}/{item.scene}",
            family=item.family,
            count=len(item.options),
            right=right,
            both=isinstance(item, LayoutItem) and item.truth.variation == "both",
            points=points,
            both_wrong=wrong,
        )


def items_of(items: Iterable[Item]) -> Items:
    """Items as arrays."""
    known = [_Known.of(item) for item in items]
    scenes = [one.scene for one in known]
    return Items(
        ids=tuple(one.id for one in known),
        scenes=tuple(sorted(set(scenes))),
        cell=np.array([one.cell for one in known], int),
        scene=_numbered(scenes),
        stratum=_numbered([scene.rsplit("/", 1)[0] for scene in scenes]),
        family=_numbered([one.family for one in known]),
        count=np.array([one.count for one in known], int),
        right=np.array([one.right for one in known], int),
        both=np.array([one.both for one in known], bool),
        points=np.array([one.points for one in known], float).reshape(-1, 4),
        both_wrong=np.array([one.both_wrong for one in known], bool).reshape(-1, 4),
    )


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    return np.unique(np.asarray(names, dtype=str), return_inverse=True)[1]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Replies of models to items under one condition, [models, items] each; NaN where there is none.

    score: 0..1. wrong: share of replies with a wrong letter. points: proximity, of transitions. both_wrong: share of
    replies that are wrong in position and size. truncated: share of replies that were cut at their limit.
    """

    score: Array
    wrong: Array
    points: Array
    both_wrong: Array
    truncated: Array

    def of(self, models: Sequence[int]) -> Panel:
        """The same of some models."""
        return Panel(**{name: value[list(models)] for name, value in vars(self).items()})

    def complete(self, items: Items, cells: Sequence[int]) -> NDArray[np.bool_]:
        """[models] which ran all of these cells."""
        ran = ~np.isnan(self.score)
        return np.array([all(row[items.cell == cell].any() for cell in cells) for row in ran], bool)


@dataclass(frozen=True)
class ClaimSubject:
    """A VLM that claims are about. family, parameters_b: as its file says; None if it doesn't."""

    name: str
    family: str | None
    parameters_b: float | None


@dataclass(frozen=True)
class Gain:
    """What tuning a subject changed in the score of an item of another benchmark. asked: the set that it is of."""

    subject: str
    asked: str
    item: str
    scene: str
    family: str
    value: float


def gains_of(subject: str, asked: str, base: Sequence[ScoreRow], tuned: Sequence[ScoreRow]) -> list[Gain]:
    """The gains of a subject in one set of items, of those that both were asked."""
    after = {row.item: row.score for row in tuned}
    return [
        Gain(subject, asked, row.item, row.scene, row.family, after[row.item] - row.score)
        for row in base
        if row.item in after
    ]


@dataclass(frozen=True)
class StudyResults:
    """panels: by condition ("base", a variant's name, "letters", "reasoning", "tuned/<recipe>"), whose models are the
    subjects, in their order."""

    items: Items
    subjects: tuple[ClaimSubject, ...]
    panels: Mapping[str, Panel]
    gains: tuple[Gain, ...] = ()

    def of(self, models: Sequence[int]) -> StudyResults:
        """The same about some of the subjects."""
        chosen = {name: panel.of(models) for name, panel in self.panels.items()}
        subjects = tuple(self.subjects[k] for k in models)
        names = {one.name for one in subjects}
        return StudyResults(self.items, subjects, chosen, tuple(one for one in self.gains if one.subject in names))


def study_of(
    items: Iterable[Item], scores: Mapping[str, Mapping[str, Sequence[ScoreRow]]], subjects: Sequence[ClaimSubject]
) -> StudyResults:
    """scores: rows by condition, and then by subject."""
    known = items_of(items)
    panels = {name: _panel(known, [of.get(one.name, ()) for one in subjects]) for name, of in scores.items()}
    return StudyResults(known, tuple(subjects), panels)


def _panel(items: Items, models: Sequence[Sequence[ScoreRow]]) -> Panel:
    panel = Panel(**{name: np.full((len(models), len(items.ids)), np.nan) for name in Panel.__dataclass_fields__})
    for model, rows in enumerate(models):
        for row in rows:
            at, replies = (model, items.place[row.item]), max(1, row.replies.total())
            both = (
                row.errors.count("b") if row.errors else row.outcome == "wrong" and not (row.position_ok or row.size_ok)
            )
            panel.score[at] = row.score
            panel.wrong[at] = row.replies["wrong"] / replies
            panel.points[at] = np.nan if row.proximity is None else row.proximity
            panel.both_wrong[at] = both / replies if row.setting == "layout" else 0
            panel.truncated[at] = row.replies["truncated"] / replies
    return panel


def read_study(
    items: Iterable[Item],
    files: Mapping[str, Sequence[Path]],
    traces: Mapping[str, Sequence[Path]],
    external: Mapping[str, Sequence[Path]],
    subjects: Sequence[ClaimSubject],
) -> StudyResults:
    """Score files that are named '<condition>:<subject>', labels of traces that are named by their subject,
    and other benchmarks' scores, named 'base:<subject>:<set>' and 'tuned:<subject>:<set>'."""
    scores: dict[str, dict[str, list[ScoreRow]]] = defaultdict(dict)
    for name, paths in files.items():
        condition, _, subject = name.rpartition(":")
        scores[condition][subject] = [row for path in paths for row in read_rows(path)]
    study = study_of(items, scores, subjects)
    labels = {name: [one for path in paths for one in read_jsonl(path, TraceLabels)] for name, paths in traces.items()}
    panels = {**study.panels, **_trace_panels(study, labels)}
    rows = {name: [row for path in paths for row in read_rows(path)] for name, paths in external.items()}
    gains: list[Gain] = []
    for name in (name.removeprefix(BASE) for name in rows if name.startswith(BASE)):
        subject, _, asked = name.partition(":")
        gains += gains_of(subject, asked, rows[f"{BASE}{name}"], rows.get(f"{TUNED}{name}", []))
    return replace(study, panels=panels, gains=tuple(gains))


def _trace_panels(study: StudyResults, labels: Mapping[str, Sequence[TraceLabels]]) -> dict[str, Panel]:
    """For each failure, whether the traces of wrong answers show it; none without such a trace."""
    shape = (len(study.subjects), len(study.items.ids))
    found = {failure: np.full(shape, np.nan) for failure in FAILURES}
    for model, subject in enumerate(study.subjects):
        for one in labels.get(subject.name, ()):
            if one.outcome == "labelled" and one.answer == "wrong":
                for failure, shown in found.items():
                    shown[model, study.items.place[one.item]] = failure in one.failures
    none = np.full(shape, np.nan)
    return {
        f"{TRACES}{failure}": Panel(score=shown, wrong=none, points=none, both_wrong=none, truncated=none)
        for failure, shown in found.items()
        if not np.isnan(shown).all()
    }


def simulated(study: StudyResults, skill: float, rng: np.random.Generator) -> StudyResults:
    """The study as models would answer it that know items with probability ``skill`` and else guess: one reply an item,
    in whatever condition; on black images they only guess."""
    panels = {
        name: _simulated(study.items, len(study.subjects), 0.0 if name == BLIND else skill, rng)
        for name in study.panels
        if not name.startswith(TRACES)
    }
    return replace(study, panels=panels, gains=())


def _simulated(items: Items, models: int, skill: float, rng: np.random.Generator) -> Panel:
    shape = (models, len(items.ids))
    chosen = np.where(rng.random(shape) < skill, items.right, rng.integers(0, items.count, shape))
    every, score = np.arange(len(items.ids)), (chosen == items.right).astype(float)
    return Panel(
        score=score,
        wrong=1 - score,
        points=items.points[every, chosen],
        both_wrong=items.both_wrong[every, chosen].astype(float),
        truncated=np.zeros(shape),
    )
