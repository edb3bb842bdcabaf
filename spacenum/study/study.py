"""A study: its plan, and the areas whose jobs follow from it. The Snakefile and ``spacenum verify`` both ask here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from spacenum.core.errors import ConfigError, SpaceNumError
from spacenum.items.schema import SETTINGS
from spacenum.study.answering import Answering
from spacenum.study.checks import check, hidden_thoughts, unpinned, untrusted_code
from spacenum.study.claims import Claims
from spacenum.study.collection import Collection
from spacenum.study.config import StudyConfig
from spacenum.study.deviations import deviations
from spacenum.study.external import External
from spacenum.study.figures import Figures
from spacenum.study.pages import Pages
from spacenum.study.paper import Paper
from spacenum.study.paths import RULES, StudyOutput, table_file
from spacenum.study.plan import MODELS, Plan
from spacenum.study.pretraining import Trainings
from spacenum.study.release import Release
from spacenum.study.site import Site
from spacenum.study.tables import ScoreTables
from spacenum.study.traces import Traces
from spacenum.study.tuning import Tuning


class Study:
    """The parts of a study. models: the folder of the models' files. notes: what a user should know of its config, a
    sentence each."""

    def __init__(self, config: StudyConfig, models: Path = MODELS, notes: Sequence[str] = ()) -> None:
        self.plan = Plan(config, models)
        untrusted = untrusted_code(self.plan, self.plan.models)
        found = [*untrusted, *unpinned(self.plan), *hidden_thoughts(self.plan)]
        self.notes = [*notes, *found, *(deviations(self.plan) if config.print_deviations else [])]
        check(self.plan)
        self.collection = Collection(self.plan)
        self.answering = Answering(self.plan)
        self.tables = ScoreTables(self.plan, self.answering)
        self.pages = Pages(self.plan, self.answering)
        self.release = Release(self.plan, self.collection)
        self.external = External(self.plan, self.answering)
        self.traces = Traces(self.plan)
        self.claims = Claims(self.plan, self.answering, self.tables, self.traces, self.external)
        self.tuning = Tuning(self.plan, self.collection, self.answering, self.tables)
        self.pretraining = Trainings(self.plan, self.collection)
        self._check_names()
        self.figures = Figures(
            self.tables.params(self.plan.mode),
            self._table_files(),
            config.figure_models,
            models,
        )
        self.paper = Paper(self.plan, self.collection, self.tables, self.figures, self.pages, self.table_names())

        self.site = Site(
            self.plan, self.pages, self.tables, self.figures, self.claims, self.release, self.table_names()
        )

    def _check_names(self) -> None:
        """Tables of all areas share a folder, and a paired experiment's rule bears its name."""
        names = self.table_names()
        for name in names:
            if names.count(name) > 1:
                raise SpaceNumError(f"two tables are called '{name}', so both would be {table_file(name)}; rename one")
        for name in self.tables.paired:
            if name in RULES:
                raise ConfigError("paired", f"names '{name}', which a rule is called; rename its module")

    def table_names(self) -> list[str]:
        """Names of all tables in ``results/tables``."""
        areas = (self.external.tables, self.traces.tables(), self.tuning.tables(), self.pretraining.tables())
        return [*self.tables.names(), *(name for names in areas for name in names)]

    def _table_files(self) -> dict[str, str]:
        """The file of each table that a figure can be drawn from."""
        names = dict.fromkeys([*self.table_names(), *self.tables.of_first_mode()])
        return {name: table_file(name) for name in names} | self.tables.open_files()

    def images(self, setting: str, variant: str = "base") -> list[str]:
        """The folders of all images that items of the benchmark may show, this study's or others'."""
        if variant in self.external.asked:
            return self.external.images(variant)
        return self.collection.images(setting, "benchmark", variant)

    def takes_gpus(self) -> bool:
        """Whether some job of this study takes a GPU."""
        needs = [self.collection.resources(setting) for setting in SETTINGS]
        needs += [self.answering.resources(model) for model in self.plan.askable]
        needs += [self.pretraining.resources(name) for name in self.pretraining.all]
        return any(one.gpus for one in needs)

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file, with its rule and the job that makes it."""
        areas = (self.collection, self.answering, self.traces, self.external, self.tuning, self.pretraining,
                 self.tables, self.claims, self.figures, self.pages, self.paper, self.release, self.site)  # fmt: skip
        for area in areas:
            yield from area.outputs()
