"""The reasoning traces of a study, as jobs, like ``Study``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job, backend_files, code_of
from spacenum.core.provenance import PROJECT
from spacenum.gallery.settings import TraceGalleryParams
from spacenum.items.schema import SETTINGS, Setting
from spacenum.study.config import load_model
from spacenum.traces.judge import template_files
from spacenum.traces.settings import (
    TraceJudgeParams,
    TracePeopleParams,
    TraceRulesParams,
    TraceSampleParams,
    TraceTableParams,
    person,
)

if TYPE_CHECKING:
    from spacenum.study.study import Study


class Traces:
    """Whose traces a study labels, by whom, and in which files. Nothing if no vision-language model is asked to reason.

    mode: the mode that traces come from, or None. judge: the judge's file, or None. sheets: the filled sheet by person.
    """

    def __init__(self, study: Study, models: Path) -> None:
        self._study, self._block = study, study.config.traces
        reasoning = [mode for mode in study.config.modes if mode.startswith("reasoning-")]
        self.mode = self._block.mode or next(iter(reasoning), None)
        judge = self._block.judge
        self.judge: ModelConfig | None = load_model(judge, models, "traces.judge") if judge else None
        self.sheets = {person(sheet): sheet for sheet in self._block.sheets}
        if self.judge and self.judge.kind != "vlm":
            raise SpaceNumError(
                f"config key 'traces.judge' names '{self._block.judge}', which is a {self.judge.kind}; a judge must write, "
                "so its file must say kind: vlm"
            )

    def reasoned(self) -> list[tuple[str, Setting]]:
        """(model, setting) of the answers that have traces."""
        if not self.mode:
            return []
        return [
            (model, setting)
            for setting in SETTINGS
            for model in self._study.models_for(setting, self.mode)
            if self._study.models[model].is_vlm
        ]

    def answers(self) -> list[tuple[str, str]]:
        """(model, file) of those answers."""
        return [
            (model, f"results/answers/{model}/{self.mode}/base/{setting}.jsonl") for model, setting in self.reasoned()
        ]

    def labels(self) -> list[str]:
        """All files with labels: by rules, by the judge, by people."""
        sources = ["rules", *(["judge"] if self.judge else [])]
        where = [f"results/traces/{model}/{self.mode}/{setting}" for model, setting in self.reasoned()]
        people = [f"results/traces/people/{name}.jsonl" for name in self.sheets] if where else []
        return [f"{file}.{source}.jsonl" for source in sources for file in where] + people

    def tables(self) -> list[str]:
        """How common failures are; and, if not the rules alone have labelled, how far those who did agree."""
        if not self.reasoned():
            return []
        return ["traces", *(["trace_agreement"] if self.judge or self.sheets else [])]

    def targets(self) -> list[str]:
        """What ``snakemake paper`` makes of traces."""
        tables = [f"results/tables/{name}.csv" for name in self.tables()]
        return [*tables, "results/traces/sheet.csv", "results/traces/gallery/index.html"] if tables else []

    # ---- jobs

    def rules_job(self, model: str) -> Job:
        return Job("trace_rules", TraceRulesParams(model=model), code_of("label_traces.py"))

    def judge_job(self, model: str) -> Job:
        if self.judge is None or self._block.judge is None:
            raise SpaceNumError(
                "config key 'traces.judge' is null; name a model there, whose file says how to reach it"
            )
        params = TraceJudgeParams(
            **self._sample().model_dump(),
            model=model,
            judge=self._block.judge,
            config=self.judge.asked(),
            tokens=self._block.judge_tokens,
        )
        extra = (*backend_files(self.judge.backend), *template_files())
        return Job("trace_judge", params, code_of("judge_traces.py", *extra))

    def judge_environment(self) -> str:
        """The file of ``envs`` for the judge's jobs."""
        return self._study.environment(self.judge.backend) if self.judge else "spacenum"

    def sheet_job(self) -> Job:
        return Job("trace_sheet", self._sample(), code_of("export_trace_sheet.py"))

    def people_job(self, name: str) -> Job:
        return Job("trace_people", TracePeopleParams(person=name), code_of("import_trace_sheet.py"))

    def table_job(self) -> Job:
        return Job("trace_table", TraceTableParams(seed=self._study.config.seed), code_of("make_trace_table.py"))

    def gallery_job(self) -> Job:
        names = dict.fromkeys(model for model, _ in self.reasoned())
        params = TraceGalleryParams(
            **self._sample().model_dump(),
            models=[self._study.models[name].info(name) for name in names],
            study=self._study.config.study,
            simulators=self._study.config.simulators,
            variants={},
        )
        templates = sorted((PROJECT / "spacenum" / "gallery" / "templates").iterdir())
        return Job("trace_gallery", params, code_of("build_trace_gallery.py", *templates))

    def _sample(self) -> TraceSampleParams:
        return TraceSampleParams(sample=self._block.sample, seed=self._study.config.seed)

    def outputs(self) -> Iterator[tuple[Path, Job]]:
        """Each output that carries a meta file, with the job that makes it."""
        if not self.reasoned():
            return
        for model, setting in self.reasoned():
            where = f"results/traces/{model}/{self.mode}/{setting}"
            yield Path(f"{where}.rules.jsonl"), self.rules_job(model)
            if self.judge:
                yield Path(f"{where}.judge.jsonl"), self.judge_job(model)
        for name in self.sheets:
            yield Path(f"results/traces/people/{name}.jsonl"), self.people_job(name)
        yield Path("results/traces/sheet.csv"), self.sheet_job()
        for table in self.tables():
            yield Path(f"results/tables/{table}.csv"), self.table_job()
        yield Path("results/traces/gallery/index.html"), self.gallery_job()
