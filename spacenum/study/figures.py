"""The figures of a study, as jobs: which there are, and the tables that each is drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from paper_figures import catalogue
from paper_figures.base import PaperFigure
from spacenum.core.blocks import NoParams
from spacenum.core.errors import ConfigError
from spacenum.core.jobs import CodeHash, Job, code_of
from spacenum.core.provenance import PROJECT
from spacenum.study import paths
from spacenum.study.paths import StudyOutput
from spacenum.tables.settings import FigureParams, TablesParams


class Figures:
    """The figures of a study. told: what tables of its first mode are told. there: files of the tables that it can
    have, by name. chosen: by figure, the models that it shows, of those that the study has; folder: where models'
    files are."""

    def __init__(
        self,
        told: TablesParams,
        there: Mapping[str, str],
        chosen: Mapping[str, Sequence[str]],
        folder: Path,
    ) -> None:
        self._told, self._there, self._chosen = told, there, chosen
        for figure, names in chosen.items():
            if figure not in self._all:
                raise ConfigError("figure_models", f"names the figure '{figure}'; there are {', '.join(self._all)}")
            for name in names:
                if not (folder / f"{name}.yaml").is_file():
                    raise ConfigError(f"figure_models.{figure}", f"names '{name}', and config/models has no such file")

    @cached_property
    def _all(self) -> dict[str, PaperFigure]:
        return {name: catalogue.figure(name) for name in catalogue.names()}

    def tables(self, name: str) -> list[str]:
        """Tables of this study that a figure is drawn from."""
        return [table for table in self._all[name].tables if table in self._there]

    def files(self, name: str) -> list[str]:
        """The files of these tables."""
        return [self._there[table] for table in self.tables(name)]

    def names(self) -> list[str]:
        """Figures for which the study has a table."""
        return [name for name in self._all if self.tables(name)]

    def published(self) -> list[str]:
        """Figures whose numbers the paper gives."""
        return [name for name, figure in self._all.items() if figure.published]

    def compared(self) -> list[str]:
        """Figures that can be laid beside the published numbers."""
        return [name for name in self.published() if self.tables(name)]

    def figure(self, name: str) -> Job:
        return Job(self._params(name), code_of("draw_figure.py", catalogue.figure_file(name)))

    def published_figure(self, name: str) -> Job:
        return Job(FigureParams(figure=name, published=True), self._published_code(name))

    def compared_figure(self, name: str) -> Job:
        return Job(self._params(name, published=True), self._published_code(name))

    def _params(self, name: str, published: bool = False) -> FigureParams:
        asked = {model.name for model in self._told.models}
        models = [model for model in self._chosen.get(name, []) if model in asked]
        return FigureParams(figure=name, study=self._told, published=published, models=models or None)

    def _published_code(self, name: str) -> CodeHash:
        numbers = PROJECT / "published" / f"{self._all[name].published}.csv"
        return code_of("draw_figure.py", catalogue.figure_file(name), numbers)

    def teaser(self) -> Job:
        return Job(NoParams(), code_of("draw_teaser.py"))

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        for name in self.names():
            yield paths.FIGURE.output(self.figure(name), figure=name)
        for name in self.published():
            yield paths.PUBLISHED_FIGURE.output(self.published_figure(name), figure=name)
        for name in self.compared():
            yield paths.COMPARED_FIGURE.output(self.compared_figure(name), figure=name)
        yield paths.TEASER.output(self.teaser())
