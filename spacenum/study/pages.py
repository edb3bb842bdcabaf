"""The galleries and the report, as jobs."""

from __future__ import annotations

from collections.abc import Iterator

from spacenum.core.jobs import Job, Named, code_of
from spacenum.gallery.settings import GalleryParams, template_files
from spacenum.study import paths
from spacenum.study.answering import Answering
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan
from spacenum.tables.settings import ReportParams


class Pages:
    """What a browser opens."""

    def __init__(self, plan: Plan, answering: Answering) -> None:
        self._plan, self._answering = plan, answering

    def answers(self) -> Named:
        """(model, file) of the first mode's answers."""
        return self._answering.of_models(paths.ANSWERS, self._plan.mode)

    def variants(self) -> Named:
        """(variant, file) of the benchmark's items in every variant that pairs with the base."""
        return [
            (name, paths.VARIANT.of(split="benchmark", variant=name, setting=setting))
            for name in self._plan.paired_variants
            for setting in self._plan.variants[name].settings
        ]

    def variant_answers(self) -> Named:
        """(variant/model, file) of all answers to variants."""
        return [
            (f"{name}/{model}", path)
            for name in self._plan.paired_variants
            for model, path in self._answering.of_variant(paths.ANSWERS, name)
        ]

    def gallery_params(self, with_variants: bool) -> GalleryParams:
        """Who and what is shown."""
        shown = self._plan.paired_variants if with_variants else []
        return GalleryParams(
            models=[config.info(name) for name, config in self._plan.models.items()],
            study=self._plan.config.study,
            simulators=self._plan.config.simulators,
            variants={name: self._plan.variants[name].changes for name in shown},
        )

    def gallery(self, with_variants: bool = False) -> Job:
        job = Job(self.gallery_params(with_variants), code_of("build_gallery.py", *template_files()))
        variants, answers = (self.variants(), self.variant_answers()) if with_variants else ([], [])
        return job.naming(answers=self.answers(), variants=variants, variant_answers=answers)

    def report(self) -> Job:
        return Job(ReportParams(config=self._plan.config.model_dump(mode="json")), code_of("make_report.py"))

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        yield paths.GALLERY.output(self.gallery())
        if self._plan.paired_variants:
            yield paths.GALLERY_WITH_VARIANTS.output(self.gallery(with_variants=True))
        yield paths.REPORT.output(self.report())
