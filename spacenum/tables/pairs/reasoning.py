"""Explicit reasoning against letters alone, on the same items."""

from __future__ import annotations

from dataclasses import replace

from spacenum.items.schema import SETTINGS
from spacenum.tables.pairs.base import PairedExperiment, Scored, StudyAnswers


def _scores(study: StudyAnswers) -> tuple[list[Scored], list[Scored]]:
    """Scores in letters, and in the first reasoning mode that the study has letters to compare with.

    What always reasons names another model (``compared_with``) that stands for it without reasoning.
    """
    for reasoning in (mode for mode in study.modes if mode.startswith("reasoning-")):
        if not (letters := _letters(study, reasoning)):
            continue
        changed = [
            Scored(name=name, model=name, mode=reasoning, setting=setting)
            for setting in SETTINGS
            for name in study.models_for(setting, reasoning)
            if study.models[name].is_vlm and _without(study, name) in study.models_for(setting, letters)
        ]
        return [replace(one, model=_without(study, one.name), mode=letters) for one in changed], changed
    return [], []


def _letters(study: StudyAnswers, reasoning: str) -> str | None:
    """The letter mode of the same decoding; where thoughts are drawn as a model's authors recommend and letters are
    not, the study's main mode."""
    same = f"letter-{reasoning.partition('-')[2]}"
    if same in study.modes:
        return same
    main = study.modes[0]
    return main if reasoning == "reasoning-recommended" and main.startswith("letter-") else None


def _without(study: StudyAnswers, name: str) -> str:
    return study.models[name].without_reasoning() or name


PAIRED = PairedExperiment(caption="Explicit reasoning minus letters alone, on the same items.", scores=_scores)
