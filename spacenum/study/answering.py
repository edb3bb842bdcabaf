"""Answers and scores, as jobs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from spacenum.asking.modes import Mode
from spacenum.asking.questions import template_files
from spacenum.asking.settings import AnswersParams, AnswersPart
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.machine import gpu_gb
from spacenum.core.resources import Needs
from spacenum.items.schema import SETTINGS
from spacenum.models.loading import answers_each_alone, backend_files
from spacenum.scoring.settings import ScoresParams
from spacenum.study import paths
from spacenum.study.paths import SnakemakeRule, StudyOutput
from spacenum.study.plan import Plan, environment
from spacenum.tables.pairs import Scored

WHOLE = AnswersPart()
PART_S = 3600
"""Seconds that a part of a model's questions should take."""


def _name(part: AnswersPart) -> str:
    """As files are called."""
    return f"{part.number:04d}-of-{part.of:04d}"


def on_cpu(needs: Needs) -> Needs:
    """Without GPUs where SPACENUM_DEVICE is cpu."""
    return replace(needs, gpus=0) if os.environ.get("SPACENUM_DEVICE") == "cpu" else needs


class Answering:
    """The jobs that ask a study's models and score what they say."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def answers(self, model: str, mode: str, part: AnswersPart = WHOLE) -> Job:
        known = Mode.of(mode)
        config = self._plan.askable[model].in_mode(known)
        params = AnswersParams(
            model=model, config=config.asked(), mode=known.name, seed=self._plan.config.seed,
            repeats=self._plan.repeats(model, mode), part=part,
        )  # fmt: skip
        return Job(params, code_of("answer_items.py", *backend_files(config.backend), *template_files()))

    @cache  # noqa: B019 - lives as long as its process
    def parts(self, model: str, mode: str, setting: str) -> list[AnswersPart]:
        """What several jobs share that would take one much more than an hour, each at least a batch; none if one is
        enough, if a baseline has to see all items, or if the number of items isn't planned, as of other benchmarks."""
        known = Mode.of(mode)
        config = self._plan.askable[model].in_mode(known)
        if setting not in SETTINGS or not (config.is_vlm or answers_each_alone(config.backend)):
            return []
        seconds = self._plan.questions(model, mode, setting) * getattr(config.seconds, known.format)
        batches = self._plan.batches(model, mode, setting, config.batch_families)
        count = min(round(seconds / PART_S), batches)
        return [AnswersPart(number=number, of=count) for number in range(count)] if count > 1 else []

    def in_parts(self) -> bool:
        """Whether any model's questions are shared by several jobs."""
        modes = self._plan.config.modes
        every = ((model, mode, setting) for model in self._plan.askable for mode in modes for setting in SETTINGS)
        return any(self.parts(*one) for one in every)

    def part_files(self, model: str, mode: str, variant: str, setting: str) -> list[str]:
        """The answers of each part, of which those of the model are merged; none if one job asks all."""
        where = {"model": model, "mode": mode, "variant": variant, "setting": setting}
        return [paths.ANSWERS_PART.of(part=_name(part), **where) for part in self.parts(model, mode, setting)]

    def answers_part(self, model: str, mode: str, setting: str, name: str) -> Job:
        """The job of the part of that name."""
        (part,) = [one for one in self.parts(model, mode, setting) if _name(one) == name]
        return self.answers(model, mode, part)

    def scores(self, mode: str) -> Job:
        return Job(ScoresParams(open=Mode.of(mode).format == "open"), code_of("score_answers.py"))

    def resources(self, model: str, merges: bool = False) -> Needs:
        """What one job of a model takes of the machine; one that only merges parts, little."""
        return Needs() if merges else on_cpu(self._plan.askable[model].needs(gpu_gb(os.environ)))

    def environment(self, model: str, mode: str) -> str:
        """The file of ``envs`` for a model's jobs in a mode: its backend's, or the one of everything else."""
        return environment(self._plan.askable[model].in_mode(Mode.of(mode)).backend)

    def of_models(self, rule: SnakemakeRule, mode: str) -> Named:
        """(model, file) for every model of the config and every setting that it can answer in a mode."""
        return [
            (model, rule.of(model=model, mode=mode, variant="base", setting=setting))
            for model in self._plan.models
            for setting in SETTINGS
            if model in self._plan.models_for(setting, mode)
        ]

    def of_variant(self, rule: SnakemakeRule, variant: str, shown: str | None = None) -> Named:
        """(model, file) of a variant; or, of the same models, of the items ``shown`` ("base")."""
        return [
            (model, rule.of(model=model, mode=self._plan.mode, variant=shown or variant, setting=setting))
            for setting in self._plan.variants[variant].settings
            for model in self._plan.asked_variant(variant, setting)
        ]

    def files(self, scored: list[Scored]) -> Named:
        """The score files that a paired experiment names."""
        return [
            (one.name, paths.SCORES.of(model=one.model, mode=one.mode, variant="base", setting=one.setting))
            for one in scored
        ]

    def pair(self, model: str, mode: str, variant: str, setting: str) -> Iterator[StudyOutput]:
        """A model's answers to a set of items, those of its parts, and their scores."""
        where = {"model": model, "mode": mode, "variant": variant, "setting": setting}
        for part in self.parts(model, mode, setting):
            yield paths.ANSWERS_PART.output(self.answers(model, mode, part), part=_name(part), **where)
        yield paths.ANSWERS.output(self.answers(model, mode), **where)
        yield paths.SCORES.output(self.scores(mode), **where)

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        plan = self._plan
        for setting in SETTINGS:
            for mode in plan.modes:
                for model in plan.models_for(setting, mode):
                    yield from self.pair(model, mode, "base", setting)
        for variant, kind in plan.variants.items():
            for setting in kind.settings:
                for model in plan.asked_variant(variant, setting):
                    yield from self.pair(model, plan.mode, variant, setting)
        for model in dict.fromkeys([*plan.tuned_models, *plan.bases]):
            if model not in plan.models:
                for setting in SETTINGS:
                    yield from self.pair(model, plan.mode, "base", setting)
