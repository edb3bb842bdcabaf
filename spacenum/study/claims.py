"""The check of the paper's claims, as a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from spacenum.asking.base import DEMONSTRATION_NOTE
from spacenum.claims.settings import ClaimsParams, VlmSettings, tuned_on
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.provenance import PROJECT
from spacenum.items.schema import SETTINGS
from spacenum.study import paths
from spacenum.study.answering import Answering
from spacenum.study.external import External
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan
from spacenum.study.tables import ScoreTables
from spacenum.study.traces import Traces
from spacenum.study.tuned import tuned_by


class Claims:
    """What the claims are checked on. They are about VLMs as they came, and what tuning makes of these. Only where
    there are none, a demonstration model takes their place, and ``note`` says so."""

    def __init__(
        self, plan: Plan, answering: Answering, tables: ScoreTables, traces: Traces, external: External
    ) -> None:
        self._plan, self._answering, self._tables, self._traces = plan, answering, tables, traces
        self._external = external
        talking = {name: m for name, m in plan.models.items() if m.is_vlm and m.adapter is None}
        vlms = {name: model for name, model in talking.items() if model.kind == "vlm"}
        self._models = vlms or talking
        self.note = DEMONSTRATION_NOTE if talking and not vlms else None

    def items(self) -> list[str]:
        """The items that claims are about."""
        return [paths.ITEMS.of(setting=setting, split="benchmark") for setting in SETTINGS]

    def base_scores(self) -> Named:
        """(base:model, file): all that the main table rests on."""
        scored = self._tables.scores(self._plan.mode)
        return [(f"base:{model}", path) for model, path in scored if model in self._models]

    def scores(self) -> Named:
        """(condition:model, file)."""
        groups: list[tuple[str, Named]] = []
        groups += [(name, self._answering.of_variant(paths.SCORES, name)) for name in self._plan.paired_variants]
        if "reasoning" in self._tables.paired:
            groups += zip(("letters", "reasoning"), self._tables.pair("reasoning"), strict=True)
        groups += self._tuned()
        asked = [
            (f"{name}:{model}", path) for name, scored in groups for model, path in scored if model in self._models
        ]
        return [*self.base_scores(), *asked]

    def _tuned(self) -> Iterator[tuple[str, Named]]:
        """Tuned models' scores under their bases' names, by what they were tuned on: one dimension of layouts; and of
        the mixtures of the size that has the most, their percent of transitions."""
        recipes = self._plan.config.tuning.recipes
        mixed = tuned_by(self._plan.config, "mixture")
        sizes = Counter(recipes[recipe].size for recipe in {tuned.recipe for tuned in mixed})
        largest = max(sizes, key=lambda size: sizes[size], default=None)
        for tuned in tuned_by(self._plan.config, "transfer"):
            yield tuned_on("".join(recipes[tuned.recipe].dimensions)), self._scores_of(tuned.name, tuned.base)
        for tuned in mixed:
            if recipes[tuned.recipe].size == largest:
                what = f"{recipes[tuned.recipe].transition_percent}%"
                yield tuned_on(what), self._scores_of(tuned.name, tuned.base)

    def _scores_of(self, tuned: str, base: str) -> Named:
        where = {"model": tuned, "mode": self._plan.mode, "variant": "base"}
        return [(base, paths.SCORES.of(setting=setting, **where)) for setting in SETTINGS]

    def traces(self) -> Named:
        """(model, file) of the labels that rules gave to traces."""
        return [(model, path) for model, path in self._traces.by_rule() if model in self._models]

    def external(self) -> Named:
        """Scores of bases and of what the first recipe for other benchmarks makes of them: '<base or
        tuned>:<base>:<set>', file."""
        recipe = next(iter(self._plan.config.external_recipes), None)
        tuned = {name: one.base for name, one in self._plan.tuned.items() if one.recipe == recipe}
        found = []
        for key, file in self._external.scores():
            model, _, asked = key.partition(":")
            base = tuned.get(model, model)
            if base in self._models and (model in tuned or model in tuned.values()):
                found.append((f"{'tuned' if model in tuned else 'base'}:{base}:{asked}", file))
        return found

    def job(self, experiments: bool = True) -> Job:
        """experiments: whether claims may rest on more than the main table does; those that would cannot be told
        then."""
        templates = sorted((PROJECT / "spacenum" / "claims" / "templates").iterdir())
        published = sorted((PROJECT / "published").glob("*.csv"))
        params = ClaimsParams(
            models=[
                VlmSettings(name=name, family=model.family, parameters_b=model.parameters_b)
                for name, model in self._models.items()
            ],
            note=self.note,
            mode=self._plan.mode,
            simulators=self._plan.config.simulators,
            seed=self._plan.config.seed,
        )
        job = Job(params, code_of("check_claims.py", *templates, *published))
        if not experiments:
            return job.naming(scores=self.base_scores(), traces=[], external=[])
        return job.naming(scores=self.scores(), traces=self.traces(), external=self.external())

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        yield paths.CLAIMS.output(self.job())
        yield paths.CLAIMS_OF_BASE.output(self.job(experiments=False))
