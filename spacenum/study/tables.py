"""Tables of scores, variants and paired experiments, as jobs."""

from __future__ import annotations

from collections.abc import Iterator

from spacenum.asking.modes import Mode
from spacenum.core.errors import ConfigError
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.provenance import PROJECT
from spacenum.study import paths
from spacenum.study.answering import Answering
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan
from spacenum.tables.pairs import PairedExperiment, Scored, paired_experiment, paired_file
from spacenum.tables.scores import catalogue as score_tables
from spacenum.tables.settings import (
    MainTableParams,
    PairedParams,
    ScoreTableParams,
    StatisticsParams,
    TablesParams,
)

LETTER_TABLES = tuple(name for name in score_tables.names() if score_tables.score_table(name).in_every_mode)
"""Tables of scores that every mode with letters can have."""


class ScoreTables:
    """The tables of a study's scores. paired: its paired experiments that have scores, by name."""

    def __init__(self, plan: Plan, answering: Answering) -> None:
        self._plan, self._answering = plan, answering
        self._pairs: dict[str, tuple[list[Scored], list[Scored]]] = {}
        self.paired: dict[str, PairedExperiment] = {}
        for name in plan.config.paired:
            experiment = paired_experiment(name)
            pair = experiment.scores(plan)
            self._check_scored(name, [*pair[0], *pair[1]])
            if any(pair):
                self.paired[name], self._pairs[name] = experiment, pair

    def _check_scored(self, experiment: str, scored: list[Scored]) -> None:
        for one in scored:
            if not {one.name, one.model} <= set(self._plan.models) or one.mode not in self._plan.modes:
                raise ConfigError(
                    "paired",
                    f"names '{experiment}', which compares scores of '{one.model}' in mode '{one.mode}' as "
                    f"'{one.name}'; both names must be among 'models', and the mode among 'modes'",
                )

    def params(self, mode: str) -> TablesParams:
        """What the tables of a mode are told."""
        models = self._plan.models.items()
        return TablesParams(
            models=[config.info(name) for name, config in models if config.answers_in(Mode.of(mode))],
            mode=mode,
            simulators=self._plan.config.simulators,
        )

    # ---- of a mode

    def scores(self, mode: str) -> Named:
        """(model, file) of a mode's scores."""
        return self._answering.of_models(paths.SCORES, mode)

    def table_scores(self, name: str, mode: str) -> Named:
        """(model, file) of the scores that a table is made of."""
        kind = score_tables.score_table(name)
        return self.scores(mode) if kind.variant == "base" else self._answering.of_variant(paths.SCORES, kind.variant)

    def main_table(self, mode: str, with_published: bool = False) -> Job:
        published = sorted((PROJECT / "published").glob("*.csv"))
        params = MainTableParams(**dict(self.params(mode)), with_published=with_published)
        return Job(params, code_of("make_main_table.py", *published)).naming(scores=self.scores(mode))

    def table(self, name: str, mode: str) -> Job:
        params = ScoreTableParams(**dict(self.params(mode)), table=name)
        return Job(params, code_of("make_table.py", score_tables.table_file(name))).naming(
            scores=self.table_scores(name, mode)
        )

    def of_modes(self) -> list[tuple[str, str]]:
        """(mode, table) of the tables beside those of the first mode: each mode has its own, none mixes two."""
        found: list[tuple[str, str]] = []
        for mode in map(Mode.of, self._plan.modes):
            named = [name for name in self._plan.config.tables if score_tables.score_table(name).belongs_to(mode)]
            named = [name for name in named if self._has_subject(name)]
            if mode.name == self._plan.mode:
                named = [name for name in named if name not in LETTER_TABLES]
            elif mode.format != "open":
                named = ["main_table", *named]
            found += [(mode.name, name) for name in named]
        return found

    def mode_files(self) -> list[str]:
        """Their files."""
        return [
            paths.MAIN_TABLE_OF_MODE.of(mode=mode)
            if name == "main_table"
            else paths.TABLE_OF_MODE.of(mode=mode, table=name)
            for mode, name in self.of_modes()
        ]

    def open_files(self) -> dict[str, str]:
        """The files of tables of open answers, by name, of the first mode that has them."""
        found: dict[str, str] = {}
        for mode, name in self.of_modes():
            if Mode.of(mode).format == "open":
                found.setdefault(name, paths.TABLE_OF_MODE.of(mode=mode, table=name))
        return found

    def statistics(self) -> Job:
        return Job(StatisticsParams(items=self._plan.config.items), code_of("make_statistics.py"))

    # ---- of variants and paired experiments

    def variant_table(self, variant: str) -> Job:
        base = self._answering.of_variant(paths.SCORES, variant, "base")
        changed = self._answering.of_variant(paths.SCORES, variant)
        job = Job(self.params(self._plan.mode), code_of("make_variant_table.py"))
        return job.naming(base=base, changed=changed)

    def pair(self, experiment: str) -> tuple[Named, Named]:
        """(row's name, score file) under both conditions of a paired experiment."""
        base, changed = self._pairs[experiment]
        return self._answering.files(base), self._answering.files(changed)

    def paired_table(self, experiment: str) -> Job:
        base, changed = self._pairs[experiment]
        names = dict.fromkeys(one.name for one in (*base, *changed))
        infos = [self._plan.models[name].info(name) for name in names]
        tables = self.params(self._plan.mode).model_copy(update={"models": infos})
        code = code_of("make_paired_table.py", paired_file(experiment))
        files = dict(zip(("base", "changed"), self.pair(experiment), strict=True))
        return Job(PairedParams(experiment=experiment, tables=tables), code).naming(**files)

    # ---- files

    def names(self) -> list[str]:
        """Names of the tables in ``results/tables`` that this area makes, those of items too."""
        of_scores = [name for name in self._plan.config.tables if name in self.of_first_mode()]
        return [*of_scores, *self.of_items(), *self._plan.paired_variants, *self.paired]

    def of_items(self) -> list[str]:
        """Names of those that say how items were made and how many were planned: none of a release's."""
        return [] if self._plan.config.released else ["statistics", "coverage"]

    def of_scores(self) -> list[str]:
        """Names of those made of the first mode's scores of base items alone."""
        return [name for name in self._plan.config.tables if name in LETTER_TABLES and self._has_subject(name)]

    def of_first_mode(self) -> list[str]:
        """Names of all tables that the first mode's scores can make, of base items and of this study's variants."""
        more = (name for name in score_tables.names() if score_tables.score_table(name).variant in self._plan.variants)
        return [name for name in (*LETTER_TABLES, *more) if self._has_subject(name)]

    def _has_subject(self, name: str) -> bool:
        """Whether the study has a model of the kind that a table is about."""
        kind = score_tables.score_table(name).kind
        return kind is None or any(config.kind == kind for config in self._plan.models.values())

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        first = self._plan.mode
        yield paths.MAIN_TABLE.output(self.main_table(first))
        yield paths.MAIN_TABLE_PUBLISHED.output(self.main_table(first, with_published=True))
        for name in self.of_first_mode():
            yield paths.TABLE.output(self.table(name, first), table=name)
        for mode, name in self.of_modes():
            if name == "main_table":
                yield paths.MAIN_TABLE_OF_MODE.output(self.main_table(mode), mode=mode)
            else:
                yield paths.TABLE_OF_MODE.output(self.table(name, mode), mode=mode, table=name)
        if self.of_items():
            yield paths.STATISTICS.output(self.statistics())
        for variant in self._plan.paired_variants:
            yield paths.VARIANT_TABLE.output(self.variant_table(variant), variant=variant)
        for experiment in self.paired:
            yield paths.paired_rule(experiment).output(self.paired_table(experiment))
