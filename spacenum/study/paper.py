"""The reproduction report of a study, as a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from paper_figures import catalogue
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.provenance import PROJECT, meta_path
from spacenum.items.schema import SETTINGS
from spacenum.paper.files import template_files
from spacenum.paper.settings import PaperDeviation, PaperParams, ReportedFigure, ReportedModel
from spacenum.study import paths
from spacenum.study.checks import FROM_HUB
from spacenum.study.collection import Collection
from spacenum.study.deviations import differences
from spacenum.study.figures import Figures
from spacenum.study.pages import Pages
from spacenum.study.paths import StudyOutput, table_file
from spacenum.study.plan import Plan
from spacenum.study.release import version
from spacenum.study.tables import ScoreTables
from spacenum.tables.captions import caption

TEASER = "teaser"


class Paper:
    """The report: what it shows, and the files that it is made of. names: of all tables in ``results/tables``."""

    def __init__(
        self,
        plan: Plan,
        collection: Collection,
        tables: ScoreTables,
        figures: Figures,
        pages: Pages,
        names: Sequence[str],
    ) -> None:
        self._plan, self._collection, self._tables, self._figures = plan, collection, tables, figures
        self._pages, self._names = pages, names

    def tables(self) -> Named:
        """(name, file) of all tables; of other modes than the first, as '<mode>/<name>'."""
        first = [(name, table_file(name)) for name in self._names]
        files = zip(self._tables.of_modes(), self._tables.mode_files(), strict=True)
        return first + [(f"{mode}/{name}", file) for (mode, name), file in files]

    def figures(self) -> Named:
        """(name, file) of all figures, beside the published numbers where there are such."""
        compared = self._figures.compared()
        found = [(TEASER, paths.TEASER.of("pdf"))]
        for name in self._figures.names():
            rule = paths.COMPARED_FIGURE if name in compared else paths.FIGURE
            found.append((name, rule.of("pdf", figure=name)))
        return found

    def frames(self) -> Named:
        """(setting, file) of all frames of the benchmark."""
        if self._plan.config.released:
            return []
        return [(s, path) for s in SETTINGS for path in self._collection.shard_files("frames", s, "benchmark")]

    def answers(self) -> Named:
        """(model, file) of the first mode's answers."""
        return self._pages.answers()

    def checks(self) -> Named:
        """(setting, file) of the checks of base items."""
        return [(s, paths.CHECKS.of(split="benchmark", variant="base", setting=s)) for s in SETTINGS]

    def metas(self) -> list[str]:
        """Meta files of what it shows, which tell what made it."""
        shown = [path for _, path in [*self.frames(), *self.answers(), *self.tables()]]
        with_meta = [path for path in [*shown, paths.MAIN_TABLE.of()] if path != paths.EXTERNAL_TABLE.of("delta")]
        return [str(meta_path(Path(path))) for path in with_meta]

    def job(self) -> Job:
        plan = self._plan
        params = PaperParams(
            config=plan.config.model_dump(mode="json"),
            version=version(),
            models=[self._model(name) for name in plan.models],
            variants={name: kind.changes for name, kind in plan.variants.items()},
            figures={name: self._figure(name) for name, _ in self.figures() if name != TEASER},
            tables={name: self._caption(name) for name, _ in self.tables()},
            deviations=[
                PaperDeviation(key=one.key, what=one.what, why=one.why)
                for one in differences(plan)
                if not one.key.startswith("items.")  # a table of the report compares these
            ],
        )
        job = Job(params, code_of("typeset_paper.py", *template_files(), PROJECT / "published" / "table2_main.csv"))
        named = {name: getattr(self, name)() for name in ("tables", "figures", "frames", "answers", "checks")}
        return job.naming(**named)

    def _model(self, name: str) -> ReportedModel:
        config = self._plan.models[name]
        loose = config.backend in FROM_HUB and config.checkpoint and not config.pretrained and not config.revision
        return ReportedModel(
            info=config.info(name),
            settings=config.settings,
            backend=config.backend,
            checkpoint=config.checkpoint,
            revision=config.revision,
            pinned=not loose,
        )

    def _figure(self, name: str) -> ReportedFigure:
        figure = catalogue.figure(name)
        clustered = f"Intervals are clustered by {figure.clusters}." if figure.clusters else ""
        return ReportedFigure(
            number=figure.number,
            title=figure.title,
            sees=" ".join(filter(None, [figure.sees, figure.plot.marks, clustered])),
            tables=[*figure.tables],
            beside_published=name in self._figures.compared(),
        )

    def _caption(self, name: str) -> str:
        """What a table holds; what was run, the report says once."""
        table = name.rpartition("/")[2]
        changes = self._plan.variants[table].changes if table in self._plan.variants else None
        return caption(table, self._tables.params(self._plan.mode), changes).partition(" Rendered: ")[0]

    def outputs(self) -> Iterator[StudyOutput]:
        """Its only output that carries a meta file."""
        yield paths.PAPER_PDF.output(self.job())
