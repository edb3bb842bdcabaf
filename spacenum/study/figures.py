"""The figures of a study, as jobs, like ``Study``: which there are, and the tables that each is drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from paper_figures import catalogue
from paper_figures.base import PaperFigure
from spacenum.core.blocks import NoParams
from spacenum.core.jobs import Job, code_of
from spacenum.core.provenance import PROJECT
from spacenum.tables.scores import catalogue as score_tables
from spacenum.tables.settings import FigureParams

if TYPE_CHECKING:
    from spacenum.study.study import Study


class Figures:
    """The figures of a study, in the first of its modes."""

    def __init__(self, study: Study) -> None:
        self._study = study

    @cached_property
    def _all(self) -> dict[str, PaperFigure]:
        return {name: catalogue.figure(name) for name in catalogue.names()}

    def tables(self, name: str) -> list[str]:
        """Tables of this study that a figure is drawn from."""
        there = {*self._study.table_names(), *score_tables.names()}  # whether or not the config names those of scores
        return [table for table in self._all[name].tables if table in there]

    def names(self) -> list[str]:
        """Figures for which the study has a table."""
        return [name for name in self._all if self.tables(name)]

    def published(self) -> list[str]:
        """Figures whose numbers the paper gives."""
        return [name for name, figure in self._all.items() if figure.published]

    def compared(self) -> list[str]:
        """Figures that can be laid beside the published numbers."""
        return [name for name in self.published() if self.tables(name)]

    def job(self, name: str) -> Job:
        return Job("figure", self._params(name), code_of("draw_figure.py", catalogue.figure_file(name)))

    def published_job(self, name: str) -> Job:
        figure, params = self._all[name], FigureParams(figure=name)
        return Job(
            "figure",
            params,
            code_of("draw_figure.py", catalogue.figure_file(name), PROJECT / "published" / f"{figure.published}.csv"),
        )

    def compared_job(self, name: str) -> Job:
        return Job("figure", self._params(name), self.published_job(name).code)

    def _params(self, name: str) -> FigureParams:
        return FigureParams(figure=name, study=self._study.tables_params(self._study.config.modes[0]))

    def teaser_job(self) -> Job:
        return Job("teaser", NoParams(), code_of("draw_teaser.py"))

    def outputs(self) -> Iterator[tuple[Path, Job]]:
        """Each output that carries a meta file, with the job that makes it."""
        for name in self.names():
            yield Path(f"results/figures/{name}.csv"), self.job(name)
        for name in self.published():
            yield Path(f"results/figures/published/{name}.csv"), self.published_job(name)
        for name in self.compared():
            yield Path(f"results/figures/compare/{name}.csv"), self.compared_job(name)
        yield Path("results/figures/teaser.csv"), self.teaser_job()
