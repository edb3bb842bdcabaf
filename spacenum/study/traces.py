"""The reasoning traces of a study, as jobs: whose are labelled, by whom."""

from __future__ import annotations

import os
from collections.abc import Iterator

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import ConfigError
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.machine import gpu_gb
from spacenum.core.provenance import PROJECT
from spacenum.core.resources import Needs
from spacenum.gallery.settings import TraceGalleryParams
from spacenum.items.schema import SETTINGS, Setting
from spacenum.models.loading import backend_files
from spacenum.study import paths
from spacenum.study.answering import on_cpu
from spacenum.study.checks import check_backend
from spacenum.study.config import load_model
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan, environment
from spacenum.traces.judge import template_files
from spacenum.traces.settings import (
    TraceJudgeParams,
    TracePeopleParams,
    TraceRulesParams,
    TraceSampleParams,
    TraceTableParams,
    person,
)


class Traces:
    """The traces that a study labels; none if no vision-language model is asked to reason.

    mode: the mode that traces come from, or None. judge: the judge's file, or None. sheets: the filled sheet by person.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, self._block = plan, plan.config.traces
        reasoning = [mode for mode in plan.modes if mode.startswith("reasoning-")]
        self.mode: str | None = self._block.mode or next(iter(reasoning), None)
        self.judge = self._load_judge()
        self.sheets = {person(sheet): sheet for sheet in self._block.sheets}

    def _load_judge(self) -> ModelConfig | None:
        name = self._block.judge
        if name is None:
            return None
        judge = load_model(name, self._plan.folder, "traces.judge")
        check_backend(name, judge)
        if judge.kind != "vlm":
            raise ConfigError(
                "traces.judge",
                f"names '{name}', which is a {judge.kind}; a judge must write, so its file must say kind: vlm",
            )
        return judge

    def reasoned(self) -> list[tuple[str, Setting]]:
        """(model, setting) of the answers that have traces."""
        if not self.mode:
            return []
        return [
            (model, setting)
            for setting in SETTINGS
            for model in self._plan.models_for(setting, self.mode)
            if self._plan.models[model].is_vlm
        ]

    def answers(self) -> Named:
        """(model, file) of those answers."""
        return [
            (model, paths.ANSWERS.of(model=model, mode=str(self.mode), variant="base", setting=setting))
            for model, setting in self.reasoned()
        ]

    def by_rule(self) -> Named:
        """(model, file) of the labels that rules give."""
        return [
            (model, paths.TRACE_RULES.of(model=model, mode=str(self.mode), setting=setting))
            for model, setting in self.reasoned()
        ]

    def labels(self) -> list[str]:
        """All files with labels: by rules, by the judge, by people."""
        rules = [paths.TRACE_RULES, *([paths.TRACE_JUDGE] if self.judge else [])]
        files = [
            rule.of(model=model, mode=str(self.mode), setting=setting)
            for rule in rules
            for model, setting in self.reasoned()
        ]
        return files + [paths.TRACE_PEOPLE.of(person=name) for name in self.sheets if files]

    def tables(self) -> list[str]:
        """How common failures are; and, if not the rules alone have labelled, how far those who did agree."""
        if not self.reasoned():
            return []
        return ["traces", *(["trace_agreement"] if self.judge or self.sheets else [])]

    def targets(self) -> list[str]:
        """What ``snakemake paper`` makes of traces."""
        tables = [paths.table_file(name) for name in self.tables()]
        return [*tables, paths.TRACE_SHEET.of(), paths.TRACE_GALLERY.of()] if tables else []

    # ---- jobs

    def by_rules(self, model: str) -> Job:
        return Job(TraceRulesParams(model=model), code_of("label_traces.py"))

    def by_judge(self, model: str) -> Job:
        if self.judge is None or self._block.judge is None:
            raise ConfigError("traces.judge", "is null; name a model there, whose file says how to reach it")
        params = TraceJudgeParams(
            **self._sample().model_dump(),
            model=model,
            judge=self._block.judge,
            config=self.judge.asked(),
            tokens=self._block.judge_tokens,
        )
        extra = (*backend_files(self.judge.backend), *template_files())
        return Job(params, code_of("judge_traces.py", *extra))

    def judge_resources(self) -> Needs:
        """What the judge's jobs take of the machine."""
        return on_cpu(self.judge.needs(gpu_gb(os.environ))) if self.judge else Needs()

    def judge_environment(self) -> str:
        """The file of ``envs`` for the judge's jobs."""
        return environment(self.judge.backend) if self.judge else "spacenum"

    def sheet(self) -> Job:
        return Job(self._sample(), code_of("export_trace_sheet.py")).naming(answers=self.answers())

    def by_person(self, name: str) -> Job:
        return Job(TracePeopleParams(person=name), code_of("import_trace_sheet.py")).naming(answers=self.answers())

    def table(self, name: str) -> Job:
        return Job(TraceTableParams(table=name), code_of("make_trace_table.py"))

    def gallery(self) -> Job:
        names = dict.fromkeys(model for model, _ in self.reasoned())
        params = TraceGalleryParams(
            **self._sample().model_dump(),
            models=[self._plan.models[name].info(name) for name in names],
            study=self._plan.config.study,
            simulators=self._plan.config.simulators,
            variants={},
        )
        templates = sorted((PROJECT / "spacenum" / "gallery" / "templates").iterdir())
        return Job(params, code_of("build_trace_gallery.py", *templates)).naming(answers=self.answers())

    def _sample(self) -> TraceSampleParams:
        return TraceSampleParams(sample=self._block.sample, seed=self._plan.config.seed)

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        for model, setting in self.reasoned():
            where = {"model": model, "mode": str(self.mode), "setting": setting}
            yield paths.TRACE_RULES.output(self.by_rules(model), **where)
            if self.judge:
                yield paths.TRACE_JUDGE.output(self.by_judge(model), **where)
        for name in self.sheets if self.reasoned() else ():
            yield paths.TRACE_PEOPLE.output(self.by_person(name), person=name)
        for table in self.tables():
            yield paths.TRACE_TABLE.output(self.table(table), table=table)
        if self.reasoned():
            yield paths.TRACE_SHEET.output(self.sheet())
            yield paths.TRACE_GALLERY.output(self.gallery())
