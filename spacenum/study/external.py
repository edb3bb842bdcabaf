"""A study's external benchmarks and imported item sets, as jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spacenum.asking.modes import Mode
from spacenum.asking.settings import AnswersParams
from spacenum.core.errors import ConfigError
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.provenance import PROJECT
from spacenum.external.base import PROTOCOLS, Protocol, ProtocolName
from spacenum.external.catalogue import benchmark, benchmark_file
from spacenum.external.items import template_files
from spacenum.external.settings import (
    IMPORTED_IMAGES,
    AskedSet,
    ExternalConfig,
    ExternalItemsParams,
    ExternalTableParams,
    QuestionsParams,
    SourceParams,
)
from spacenum.study import paths
from spacenum.study.answering import Answering
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan
from spacenum.tables.settings import MainTableParams

# A guided reply of a model that doesn't think by itself ends within some hundred tokens. The limit stops one that
# repeats itself, which the engine of letters would else write for hours.
GUIDED_TOKENS = 4096


@dataclass(frozen=True)
class ExternalSet:
    """Items that models are asked, under the name of their folder. An imported set has no
    entry, and is asked directly."""

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

    def __init__(self, plan: Plan, answering: Answering) -> None:
        self._plan, self._answering = plan, answering
        self._tuned = {
            name: tuned.base for name, tuned in plan.tuned.items() if tuned.recipe in plan.config.external_recipes
        }
        asked = dict.fromkeys([*plan.models, *self._tuned.values(), *self._tuned])
        self._models = {name: plan.askable[name] for name in asked}
        self.entries = {entry.benchmark: entry for entry in plan.config.external}
        self.asked = {
            asked.variant: asked
            for entry in self.entries.values()
            for name in entry.protocols or _protocols(entry)
            for asked in [ExternalSet(f"{entry.benchmark}.{name}", entry, name)]
        }
        taken = {"base", *plan.variants, *self.asked}
        for name in plan.config.imported:
            if name in taken:
                raise ConfigError("imported", f"names '{name}', which is a set of items already; rename it")
            self.asked[name] = ExternalSet(name, None, plan.config.imported_protocol)

    @property
    def tables(self) -> list[str]:
        """Names of the tables: none in a study that asks no other items."""
        return ["external", "external_delta"] if self.asked else []

    def targets(self) -> list[str]:
        """What ``snakemake external`` makes; ConfigError if the study asks no other items."""
        if not self.asked:
            raise ConfigError("external", "is empty; name a benchmark there, or an imported set under 'imported'")
        tables = [paths.IMPORTED_MAIN_TABLE.of("md", variant=name) for name in self._plan.config.imported]
        return [*(paths.table_file(table) for table in self.tables), *tables]

    def source(self, name: str) -> str:
        """The published file of a benchmark, wherever it is, or will be fetched to."""
        entry = self.entries[name]
        if entry.path:
            return entry.path
        params = self._source_params(name)
        return paths.EXTERNAL_SOURCE.of(**_hub(params))

    def sources(self) -> dict[str, str]:
        """Files that are fetched from the hub, each with a benchmark that it serves."""
        return {self.source(name): name for name, entry in self.entries.items() if entry.revision}

    def models(self, variant: str) -> list[str]:
        """Models that are asked a set of items."""
        mode = Mode.of(self.asked[variant].protocol.mode)
        return [n for n, config in self._models.items() if config.takes_external() and config.answers_in(mode)]

    def scores(self) -> Named:
        """(model:set, score file)."""
        return [
            (
                f"{model}:{name}",
                paths.SCORES.of(model=model, mode=known.protocol.mode, variant=name, setting="external"),
            )
            for name, known in self.asked.items()
            for model in self.models(name)
        ]

    # ---- jobs

    def _source_params(self, name: str) -> SourceParams:
        entry, known = self.entries[name], benchmark(name)
        return SourceParams(repo=entry.repo or known.repo, revision=str(entry.revision), file=known.file)

    def fetched(self, file: str) -> Job:
        """The job that fetches a file of ``sources``."""
        return Job(self._source_params(self.sources()[file]), code_of("fetch_external.py"))

    def questions_file(self, variant: str) -> str:
        """The questions that a set of items is made of."""
        return paths.EXTERNAL_QUESTIONS.of(benchmark=self.asked[variant].set.benchmark)

    def images(self, variant: str) -> list[str]:
        """The folder of the images that a set of items shows."""
        if self.asked[variant].entry is None:
            return [IMPORTED_IMAGES.format(split="benchmark", variant=variant)]
        return [paths.EXTERNAL_QUESTIONS.of("images", benchmark=self.asked[variant].set.benchmark)]

    def prompt_files(self, variant: str) -> list[str]:
        """The file of its authors' prompts, if a set of items is worded by them."""
        asked = self.asked[variant]
        return [asked.entry.prompts] if asked.protocol.official and asked.entry and asked.entry.prompts else []

    def questions(self, name: str) -> Job:
        code = code_of("read_external.py", benchmark_file(name))
        return Job(QuestionsParams(benchmark=name), code)

    def items(self, variant: str) -> Job:
        asked = self.asked[variant]
        protocol = asked.protocol
        params = ExternalItemsParams(
            benchmark=asked.set.benchmark,
            variant=variant,
            protocol=asked.protocol_name,
            preface=asked.entry.preface if asked.entry and protocol.guided and not protocol.official else None,
            seed=self._plan.config.seed if protocol.order == "seeded" else 0,
        )
        code = code_of("build_external.py", benchmark_file(asked.set.benchmark), *template_files())
        return Job(params, code)

    def answers(self, model: str, variant: str) -> Job:
        """As of our own items, with the protocol's repeats; guided replies have room for what they are guided to."""
        protocol = self.asked[variant].protocol
        job = self._answering.answers(model, protocol.mode)
        assert isinstance(job.params, AnswersParams)
        mode = Mode.of(protocol.mode)
        config, repeats = self._models[model].for_external().in_mode(mode).asked(), 1
        if protocol.guided:
            room = config.max_new_tokens.reasoning
            if config.reasoning != "checkpoint":
                room = min(room, GUIDED_TOKENS)
            limits = config.max_new_tokens.model_copy(update={"letter": room})
            config = config.model_copy(update={"max_new_tokens": limits})
        if mode.repeated and config.is_vlm:
            repeats = protocol.repeats if self.asked[variant].protocol_name != "paper" else self._plan.config.repeats
        return Job(job.params.model_copy(update={"config": config, "repeats": repeats}), job.code)

    def scores_of(self, name: str) -> Named:
        """(model, score file) of an imported set."""
        where = {"mode": self.asked[name].protocol.mode, "variant": name, "setting": "external"}
        return [(model, paths.SCORES.of(model=model, **where)) for model in self.models(name)]

    def main_table(self, name: str) -> Job:
        """The paper's main table of an imported set, beside the published numbers."""
        params = MainTableParams(
            models=[self._models[model].info(model) for model in self.models(name)],
            mode=self.asked[name].protocol.mode,
            simulators={},
            with_published=True,
            imported=name,
        )
        published = sorted((PROJECT / "published").glob("*.csv"))
        return Job(params, code_of("make_main_table.py", *published)).naming(scores=self.scores_of(name))

    def table(self) -> Job:
        asked = {model for name in self.asked for model in self.models(name)}
        models = {name: config for name, config in self._models.items() if name in asked}
        bases = {name: self._tuned.get(name, config.compared_with) for name, config in models.items()}
        params = ExternalTableParams(
            models=[config.info(name) for name, config in models.items()],
            compared_with={name: base for name, base in bases.items() if base in models and base},
            sets=[known.set for known in self.asked.values()],
        )
        return Job(params, code_of("make_external_table.py")).naming(scores=self.scores())

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        for file, name in self.sources().items():
            yield paths.EXTERNAL_SOURCE.output(self.fetched(file), **_hub(self._source_params(name)))
        for name in self.entries:
            yield paths.EXTERNAL_QUESTIONS.output(self.questions(name), benchmark=name)
        for variant, asked in self.asked.items():
            if asked.entry:
                yield paths.EXTERNAL_ITEMS.output(self.items(variant), variant=variant)
            for model in self.models(variant):
                where = {"model": model, "mode": asked.protocol.mode, "variant": variant, "setting": "external"}
                yield paths.ANSWERS.output(self.answers(model, variant), **where)
                yield paths.SCORES.output(self._answering.scores(asked.protocol.mode), **where)
        for name in self._plan.config.imported:
            file = paths.EXTERNAL_ITEMS.of(variant=name)
            yield StudyOutput(Path(file), "spacenum items import", None, (file,))
            yield paths.IMPORTED_MAIN_TABLE.output(self.main_table(name), variant=name)
        if self.asked:
            yield paths.EXTERNAL_TABLE.output(self.table())


def _protocols(entry: ExternalConfig) -> list[ProtocolName]:
    """Those that are common for a benchmark, and its authors' own, if their prompts are given."""
    found = [*benchmark(entry.benchmark).protocols]
    if entry.prompts:
        found.append("manual_cot")
    return found


def _hub(params: SourceParams) -> dict[str, str]:
    """The wildcards of a file of the hub."""
    owner, repo = params.repo.split("/")
    return {"owner": owner, "repo": repo, "revision": params.revision, "file": params.file}
