"""A study's external benchmarks and imported item sets as jobs, like ``Study``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spacenum.asking.modes import Mode
from spacenum.asking.settings import AnswersParams
from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job, code_of
from spacenum.external.base import PROTOCOLS, Protocol, ProtocolName
from spacenum.external.catalogue import benchmark, benchmark_file
from spacenum.external.items import template_files
from spacenum.external.settings import (
    AskedSet,
    ExternalConfig,
    ExternalItemsParams,
    ExternalTableParams,
    QuestionsParams,
    SourceParams,
)

if TYPE_CHECKING:
    from spacenum.study.study import Study


@dataclass(frozen=True)
class ExternalSet:
    """Items that models are asked, under the name of their folder. An imported set has no entry, and is asked directly."""

    variant: str
    entry: ExternalConfig | None
    protocol_name: ProtocolName

    @property
    def protocol(self) -> Protocol:
        return PROTOCOLS[self.protocol_name]

    @property
    def set(self) -> AskedSet:
        if self.entry is None:
            return AskedSet(variant=self.variant, benchmark=self.variant, protocol=None)
        return AskedSet(variant=self.variant, benchmark=self.entry.benchmark, protocol=self.protocol_name)


class External:
    """entries: the config's, by benchmark. asked: every set of items that models are asked, by its folder's name."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self.entries = {entry.benchmark: entry for entry in study.config.external}
        self.asked = {
            asked.variant: asked
            for entry in self.entries.values()
            for name in entry.protocols or benchmark(entry.benchmark).protocols
            for asked in [ExternalSet(f"{entry.benchmark}.{name}", entry, name)]
        }
        taken = {"base", *study.config.variants, *self.asked}
        for name in study.config.imported:
            if name in taken:
                raise SpaceNumError(f"config key 'imported' names '{name}', which is a set of items already; rename it")
            self.asked[name] = ExternalSet(name, None, "direct")

    @property
    def tables(self) -> list[str]:
        """Names of the tables: none in a study that asks no other items."""
        return ["external", "external_delta"] if self.asked else []

    def source(self, name: str) -> str:
        """The published file of a benchmark, wherever it is, or will be fetched to."""
        entry = self.entries[name]
        if entry.path:
            return entry.path
        params = self._source_params(name)
        return f"data/external/hub/{params.repo}/{params.revision}/{params.file}"

    def sources(self) -> dict[str, str]:
        """Files that are fetched from the hub, each with a benchmark that it serves."""
        return {self.source(name): name for name, entry in self.entries.items() if entry.revision}

    def models(self, variant: str) -> list[str]:
        """Models that are asked a set of items."""
        mode = Mode.of(self.asked[variant].protocol.mode)
        return [n for n, config in self._study.models.items() if config.takes_external() and config.answers_in(mode)]

    def scores(self, variants: list[str] | None = None) -> list[tuple[str, str, str]]:
        """(model, set, score file)."""
        return [
            (model, name, f"results/scores/{model}/{self.asked[name].protocol.mode}/{name}/external.csv")
            for name in (self.asked if variants is None else variants)
            for model in self.models(name)
        ]

    # ---- jobs

    def _source_params(self, name: str) -> SourceParams:
        entry, known = self.entries[name], benchmark(name)
        return SourceParams(repo=entry.repo or known.repo, revision=str(entry.revision), file=known.file)

    def source_job(self, name: str) -> Job:
        return Job("external_source", self._source_params(name), code_of("fetch_external.py"))

    def questions_job(self, name: str) -> Job:
        code = code_of("read_external.py", benchmark_file(name))
        return Job("external_questions", QuestionsParams(benchmark=name), code)

    def items_job(self, variant: str) -> Job:
        asked = self.asked[variant]
        protocol = asked.protocol
        params = ExternalItemsParams(
            variant=variant,
            protocol=asked.protocol_name,
            preface=asked.entry.preface if asked.entry and protocol.guided else None,
            seed=self._study.config.seed if protocol.order == "seeded" else 0,
        )
        return Job("external_items", params, code_of("build_external.py", *template_files()))

    def answers_job(self, model: str, variant: str) -> Job:
        """As of our own items, with the protocol's repeats; guided replies may be as long as reasoning."""
        protocol = self.asked[variant].protocol
        job = self._study.answers_job(model, protocol.mode)
        assert isinstance(job.params, AnswersParams)
        config, repeats = job.params.config, 1
        if protocol.guided:
            limits = config.max_new_tokens.model_copy(update={"letter": config.max_new_tokens.reasoning})
            config = config.model_copy(update={"max_new_tokens": limits})
        if Mode.of(protocol.mode).repeated and config.is_vlm:
            repeats = protocol.repeats
        return Job(job.rule, job.params.model_copy(update={"config": config, "repeats": repeats}), job.code)

    def table_job(self) -> Job:
        asked = {model for model, _, _ in self.scores()}
        models = {name: config for name, config in self._study.models.items() if name in asked}
        params = ExternalTableParams(
            models=[config.info(name) for name, config in models.items()],
            compared_with={
                n: c.compared_with for n, c in models.items() if c.compared_with in models and c.compared_with
            },
            sets=[known.set for known in self.asked.values()],
        )
        return Job("external_table", params, code_of("make_external_table.py"))

    def outputs(self) -> Iterator[tuple[Path, Job]]:
        """Each output that carries a meta file, with the job that makes it."""
        for file, name in self.sources().items():
            yield Path(file), self.source_job(name)
        for name in self.entries:
            yield Path(f"data/external/{name}/questions.jsonl"), self.questions_job(name)
        for variant, asked in self.asked.items():
            if asked.entry:
                yield Path(f"data/items/benchmark/{variant}/external.jsonl"), self.items_job(variant)
            for model in self.models(variant):
                where = f"{model}/{asked.protocol.mode}/{variant}/external"
                yield Path(f"results/answers/{where}.jsonl"), self.answers_job(model, variant)
                yield Path(f"results/scores/{where}.csv"), self._study.scores_job(asked.protocol.mode)
        if self.asked:
            yield Path("results/tables/external.csv"), self.table_job()
