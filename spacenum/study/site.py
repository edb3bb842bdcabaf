"""The project page, as a job."""

from __future__ import annotations

from collections.abc import Iterator

from paper_figures.catalogue import figure
from paper_figures.notes import described, run_note
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.reading import read_text
from spacenum.gallery.settings import template_files
from spacenum.site.settings import ShownFigure, SiteParams, source_files
from spacenum.study import paths
from spacenum.study.claims import Claims
from spacenum.study.figures import Figures
from spacenum.study.pages import Pages
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan
from spacenum.study.release import Release
from spacenum.study.tables import ScoreTables
from spacenum.tables.captions import holds


class Site:
    """The page of what the main table needs, and the page of all of a study's experiments. all_tables: names of these
    experiments' tables."""

    def __init__(
        self,
        plan: Plan,
        pages: Pages,
        tables: ScoreTables,
        figures: Figures,
        claims: Claims,
        release: Release,
        all_tables: list[str],
    ) -> None:
        self._plan, self._pages, self._tables, self._figures = plan, pages, tables, figures
        self._claims, self._release, self._all_tables = claims, release, all_tables

    def table_names(self, experiments: bool) -> list[str]:
        """Tables whose numbers the page has, beside the main one."""
        return self._all_tables if experiments else [*self._tables.of_scores(), *self._tables.of_items()]

    def figure_names(self, experiments: bool) -> list[str]:
        """Figures that are drawn from these tables alone."""
        tables = set(self.table_names(experiments))
        names = self._figures.names()
        return names if experiments else [name for name in names if set(self._figures.tables(name)) <= tables]

    def table_files(self, experiments: bool) -> Named:
        """(table, file)."""
        main = [("main_table", path) for path in paths.MAIN_TABLE.files()]
        return main + [(name, paths.table_file(name)) for name in self.table_names(experiments)]

    def figure_files(self, experiments: bool) -> Named:
        """(figure, file)."""
        return [(name, path) for name in self.figure_names(experiments) for path in paths.FIGURE.files(figure=name)]

    def compared_files(self, experiments: bool) -> Named:
        """(figure, file) of those that stand beside the published numbers."""
        names = [name for name in self.figure_names(experiments) if name in self._figures.compared()]
        return [(name, path) for name in names for path in paths.COMPARED_FIGURE.files(figure=name)]

    def job(self, experiments: bool = False) -> Job:
        told = self._tables.params(self._plan.mode)
        variants = self._plan.variants
        pages = self._pages
        params = SiteParams(
            gallery=pages.gallery_params(experiments),
            mode=self._plan.mode,
            run=run_note(told),
            claims_note=self._claims.note,
            files=self._model_files(),
            figures=sorted(map(_shown, self.figure_names(experiments)), key=_place),
            tables={
                name: holds(name, variants[name].changes if name in variants else None)
                for name, _ in self.table_files(experiments)
            },
            experiments=experiments,
            release=self._release.params(),
        )
        job = Job(params, code_of("build_site.py", *template_files(), *source_files()))
        return job.naming(
            answers=pages.answers(),
            variants=pages.variants() if experiments else [],
            variant_answers=pages.variant_answers() if experiments else [],
            scores=self._tables.scores(self._plan.mode),
            figures=self.figure_files(experiments),
            beside=self.compared_files(experiments),
            tables=self.table_files(experiments),
        )

    def _model_files(self) -> dict[str, str]:
        """The text of each model's file, and of those that files name as their base, by name."""
        names = [*self._plan.models]
        for name in names:  # grows
            base = self._plan.models[name].base if name in self._plan.models else None
            if base and base not in names:
                names.append(base)
        return {name: read_text(self._plan.folder / f"{name}.yaml") for name in names}

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        yield paths.SITE.output(self.job())
        yield paths.SITE_WITH_EXPERIMENTS.output(self.job(experiments=True))


def _shown(name: str) -> ShownFigure:
    known = figure(name)
    return ShownFigure(name=name, number=known.number, title=known.title, caption=described(known))


def _place(shown: ShownFigure) -> tuple[bool, bool, str, str]:
    """The main table first, then the paper's figures, then others."""
    return shown.name != "main_table", not shown.number.startswith("Figure"), shown.number, shown.name
