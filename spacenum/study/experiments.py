"""What a study compares beyond its main table: variants of the items, the two tasks, and reasoning; as jobs, like ``Study``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from spacenum.asking.base import DEMONSTRATION_NOTE
from spacenum.claims.settings import ClaimsParams, VlmSettings
from spacenum.core.jobs import Job, code_of
from spacenum.core.provenance import PROJECT
from spacenum.items.prompts import template_files
from spacenum.items.schema import SETTINGS, Setting
from spacenum.tables.settings import TablesParams
from spacenum.variants.base import Variant
from spacenum.variants.catalogue import variant, variant_file
from spacenum.variants.settings import RerenderParams, VariantParams

if TYPE_CHECKING:
    from spacenum.study.study import Study

Scored = list[tuple[str, str]]
"""(the model that a row is named after, score file)."""
Named = list[tuple[str, str]]
"""(what a file is of, the file)."""


class Experiments:
    """The experiments of a study, in the first of its modes; ``variants``: those that its config lists, by name."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self.variants: dict[str, Variant] = {name: variant(name) for name in study.config.variants}

    @property
    def _mode(self) -> str:
        return self._study.config.modes[0]

    def models(self, setting: Setting) -> list[str]:
        """Models that are asked variants of a setting's items."""
        able = self._study.models_for(setting, self._mode)
        return [name for name in able if self._study.models[name].takes_variants()]

    def scores(self, name: str, shown: str | None = None) -> Scored:
        """Scores of a variant, or ("base") those of the same models on the items ``shown``."""
        return [
            (model, f"results/scores/{model}/{self._mode}/{shown or name}/{setting}.csv")
            for setting in self.variants[name].settings
            for model in self.models(setting)
        ]

    def items(self) -> Named:
        """(variant, file) of the benchmark's items in every variant."""
        return [
            (name, f"data/items/benchmark/{name}/{setting}.jsonl")
            for name, kind in self.variants.items()
            for setting in kind.settings
        ]

    def answers(self) -> Named:
        """(variant/model, file) of all answers to variants."""
        return [
            (f"{name}/{model}", f"results/answers/{model}/{self._mode}/{name}/{setting}.jsonl")
            for name, kind in self.variants.items()
            for setting in kind.settings
            for model in self.models(setting)
        ]

    def reasoning_scores(self) -> tuple[Scored, Scored]:
        """Scores without reasoning and with it, of the first reasoning mode whose letter mode with the same decoding the
        study has too; empty if there is none. What always thinks names another (``compared_with``) that stands for it without."""
        modes = self._study.config.modes
        pairs = [(f"letter-{mode.partition('-')[2]}", mode) for mode in modes if mode.startswith("reasoning-")]
        for plain, thinking in [pair for pair in pairs if pair[0] in modes][:1]:
            both = [
                (name, other, setting)
                for setting in SETTINGS
                for name in self._study.models_for(setting, thinking)
                if (other := self._study.models[name].without_reasoning() or name)
                in self._study.models_for(setting, plain)
                and self._study.models[name].is_vlm
            ]
            without = [(name, f"results/scores/{other}/{plain}/base/{setting}.csv") for name, other, setting in both]
            return without, [
                (name, f"results/scores/{name}/{thinking}/base/{setting}.csv") for name, _, setting in both
            ]
        return [], []

    def claim_scores(self) -> Scored:
        """(condition/model, file) for all that the paper's claims are checked on: VLMs as they came, without an adapter."""
        vlms = [model.name for model in self.claims_params().models]
        found = [
            (f"{name}/{model}", path) for name in self.variants for model, path in self.scores(name) if model in vlms
        ]
        base = [
            (f"base/{model}", f"results/scores/{model}/{self._mode}/base/{setting}.csv")
            for setting in SETTINGS
            for model in vlms
            if model in self._study.models_for(setting, self._mode)
        ]
        letters, reasoned = self.reasoning_scores()
        pairs = [("letters", letters), ("reasoning", reasoned)]
        return (
            base
            + found
            + [(f"{name}/{model}", path) for name, scored in pairs for model, path in scored if model in vlms]
        )

    def claims_params(self) -> ClaimsParams:
        """Claims are about VLMs. Only where there are none, a demonstration model takes their place, and the page says so."""
        talking = {name: m for name, m in self._study.models.items() if m.is_vlm and m.adapter is None}
        vlms = {name: model for name, model in talking.items() if model.kind == "vlm"}
        models = [
            VlmSettings(name=name, family=model.family, parameters_b=model.parameters_b)
            for name, model in (vlms or talking).items()
        ]
        note = DEMONSTRATION_NOTE if talking and not vlms else None
        return ClaimsParams(models=models, note=note, mode=self._mode, simulators=self._study.config.simulators)

    def tables(self) -> list[str]:
        """Names of the tables: one for each variant, the tasks against each other, reasoning where it is asked for."""
        return [*self.variants, "asymmetry", *(["reasoning"] if self.reasoning_scores()[0] else [])]

    # ---- jobs

    def rerender_job(self, setting: Setting, name: str) -> Job:
        config, engine = self._study.config, self._study.config.simulators[setting]
        params = RerenderParams(
            variant=name,
            simulator=engine,
            pack=config.pack,
            camera=config.camera[setting],
            settings=getattr(config, engine).model_dump(mode="json"),
        )
        return Job("rerender", params, self._study.engine_code("rerender_frames.py", setting, variant_file(name)))

    def variant_job(self, setting: Setting, name: str) -> Job:
        code = code_of("build_variant.py", variant_file(name), *template_files(setting))
        return Job("variant", VariantParams(variant=name, setting=setting), code)

    def variant_table_job(self) -> Job:
        return Job("variant_table", self._study.tables_params(self._mode), code_of("make_variant_table.py"))

    def asymmetry_job(self) -> Job:
        return Job("asymmetry", self._study.tables_params(self._mode), code_of("make_asymmetry_table.py"))

    def reasoning_job(self) -> Job:
        names = dict.fromkeys(model for model, _ in self.reasoning_scores()[0])
        params: TablesParams = self._study.tables_params(self._mode)
        infos = [self._study.models[name].info(name) for name in names]
        return Job("variant_table", params.model_copy(update={"models": infos}), code_of("make_variant_table.py"))

    def claims_job(self) -> Job:
        template = PROJECT / "spacenum" / "claims" / "templates" / "claims.html.j2"
        published = sorted((PROJECT / "published").glob("*.csv"))
        return Job("claims", self.claims_params(), code_of("check_claims.py", template, *published))

    def outputs(self) -> Iterator[tuple[Path, Job]]:
        """Each output that carries a meta file, with the job that makes it."""
        for name, kind in self.variants.items():
            for setting in kind.settings:
                yield from self._of_variant(name, setting)
            yield Path(f"results/tables/{name}.csv"), self.variant_table_job()
        if self.variants:
            yield Path("results/gallery_with_variants/index.html"), self._study.gallery_job(with_variants=True)
        yield Path("results/tables/asymmetry.csv"), self.asymmetry_job()
        if self.reasoning_scores()[0]:
            yield Path("results/tables/reasoning.csv"), self.reasoning_job()
        yield Path("results/claims.csv"), self.claims_job()

    def _of_variant(self, name: str, setting: Setting) -> Iterator[tuple[Path, Job]]:
        for shard in self._study.shards(setting, "benchmark") if self.variants[name].scene else ():
            yield Path(f"data/frames/{setting}/{name}/{shard}/frames.jsonl"), self.rerender_job(setting, name)
        items = f"data/items/benchmark/{name}/{setting}"
        yield Path(f"{items}.jsonl"), self.variant_job(setting, name)
        yield Path(f"{items}.checks.json"), self._study.checks_job(setting, "benchmark", name)
        for model in self.models(setting):
            where = f"{model}/{self._mode}/{name}/{setting}"
            yield Path(f"results/answers/{where}.jsonl"), self._study.answers_job(model, self._mode)
            yield Path(f"results/scores/{where}.csv"), self._study.scores_job(self._mode)
