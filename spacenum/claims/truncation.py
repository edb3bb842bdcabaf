"""How far a claim's numbers can be moved by replies that were cut at their limit, whose answers nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spacenum.claims.base import Claim
from spacenum.claims.measures import CannotTellError
from spacenum.claims.panel import Panel, StudyResults
from spacenum.items.schema import CELLS, SETTINGS, TASKS, cells_of

Mask = NDArray[np.bool_]
"""[models, items] truncated replies that are taken together."""


def effects_of_truncation(claim: Claim, study: StudyResults, known: Sequence[float]) -> list[float]:
    """For each part of the claim's rule, of value ``known``, an upper limit of its change, had no reply been truncated.

    Truncated replies may have been right or wrong in either way, in one condition, setting and task and otherwise in
    another: the largest changes of all parts are added without their signs.
    """
    cut = {name: np.nan_to_num(panel.truncated) > 0 for name, panel in study.panels.items()}
    cut = {name: mask for name, mask in cut.items() if mask.any()}
    if not cut:
        return [0.0] * len(known)

    def moved(masks: Mapping[str, Mask]) -> NDArray[np.float64]:
        changes = [np.zeros(len(known))]
        for answered in ANSWERS:
            panels = {name: answered(study.panels[name], mask) for name, mask in masks.items()}
            changes.append(np.abs(_values(claim, replace(study, panels={**study.panels, **panels}), known)))
        return np.asarray(np.max(changes, axis=0))

    apart = np.sum([moved({name: mask}) for name, mask in _parts(claim, study, cut)], axis=0)
    return [float(value) for value in np.maximum(apart, moved(cut))]


def _values(claim: Claim, study: StudyResults, known: Sequence[float]) -> NDArray[np.float64]:
    """How much each part changes; by 100 points if nothing that counts is left."""
    try:
        stake = claim.stake(study) if claim.stake else None
        parts = [part for measure in claim.numbers for part in claim.rule.parts(measure(study), stake)]
    except CannotTellError:
        return np.full(len(known), 100.0)
    return np.array([part.value for part in parts]) - np.array(known)


def _parts(claim: Claim, study: StudyResults, cut: Mapping[str, Mask]) -> Iterator[tuple[str, Mask]]:
    """Conditions and truncated replies that move a number the same way."""
    cells = [np.isin(study.items.cell, [CELLS.index(c) for c in cells_of(s, t)]) for s in SETTINGS for t in TASKS]
    for name, mask in cut.items():
        models = [[k] for k in range(len(mask))] if claim.signed_by_model else [list(range(len(mask)))]
        for group in models:
            chosen = np.zeros_like(mask)
            chosen[group] = mask[group]
            for of_cells in cells:
                if (chosen & of_cells).any():
                    yield name, chosen & of_cells


def _if_right(panel: Panel, mask: Mask) -> Panel:
    share = np.where(mask, panel.truncated, 0)
    return replace(panel, score=panel.score + share, points=panel.points + 100 * share)


def _if_wrong(panel: Panel, mask: Mask) -> Panel:
    return replace(panel, wrong=panel.wrong + np.where(mask, panel.truncated, 0))


def _if_both_wrong(panel: Panel, mask: Mask) -> Panel:
    wrong = _if_wrong(panel, mask)
    return replace(wrong, both_wrong=panel.both_wrong + np.where(mask, panel.truncated, 0))


ANSWERS: tuple[Callable[[Panel, Mask], Panel], ...] = (_if_right, _if_wrong, _if_both_wrong)
"""What truncated replies may have been."""
