"""The tuning of a study, as jobs: its recipes, the adapters that follow, and the tables of tuned models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from spacenum.asking.settings import ModelConfig
from spacenum.core.jobs import Job, Named, code_of
from spacenum.core.resources import Needs
from spacenum.external.settings import IMPORTED, IMPORTED_IMAGES
from spacenum.items.schema import SETTINGS, Setting
from spacenum.models.loading import backend_files
from spacenum.scenes.spec import Split
from spacenum.study import paths
from spacenum.study.answering import Answering
from spacenum.study.collection import Collection
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan
from spacenum.study.tables import ScoreTables
from spacenum.study.tuned import EXPERIMENTS, Tuned, experiment_of, tuned_by
from spacenum.tables.settings import TunedPair, TuningTableParams
from spacenum.tuning.rewards.catalogue import reward_file
from spacenum.tuning.settings import ExperimentName, GrpoParams, RecipeParams, SftParams


class Tuning:
    """The jobs of a study's recipes, trainings and tuning tables."""

    def __init__(self, plan: Plan, collection: Collection, answering: Answering, tables: ScoreTables) -> None:
        self._plan, self._collection, self._answering, self._tables = plan, collection, answering, tables
        self._config = plan.config.tuning

    def settings_of(self, recipe: str) -> tuple[Setting, ...]:
        """Settings of this study's items that a recipe takes some of: none for an imported set."""
        asked = self._config.recipes[recipe]
        return () if asked.imported else asked.settings

    def resources(self, base: str, method: str) -> Needs:
        """What a training takes of the machine: supervised, the base's GPUs, a process each; by reward, one of them."""
        needs = self._answering.resources(base)
        return needs if method == "sft" else replace(needs, gpus=min(needs.gpus, 1))

    def scores(self, name: ExperimentName) -> Named:
        """(model, score file) of an experiment's bases and tuned models."""
        bases = experiment_of(self._plan.config, name).bases
        models = dict.fromkeys([*bases, *(tuned.name for tuned in tuned_by(self._plan.config, name))])
        return [
            (model, paths.SCORES.of(model=model, mode=self._plan.mode, variant="base", setting=setting))
            for model in models
            for setting in SETTINGS
        ]

    def summaries(self, name: ExperimentName) -> list[str]:
        """What an experiment's recipes say of themselves."""
        recipes = dict.fromkeys(tuned.recipe for tuned in tuned_by(self._plan.config, name))
        return [paths.RECIPE.of("summary", recipe=recipe) for recipe in recipes]

    def items_of(self, recipe: str, split: Split) -> list[str]:
        """The items that a recipe selects from, or must not share scenes with: its imported set, and the study's
        imported benchmarks, or this study's own."""
        if imported := self._config.recipes[recipe].imported:
            names = [imported] if split == "train" else self._plan.config.imported
            return [IMPORTED.format(split=split, variant=name) for name in names]
        return [paths.ITEMS.of(split=split, setting=setting) for setting in self.settings_of(recipe)]

    def checks_of(self, recipe: str) -> list[str]:
        """The checks that its training items passed; an imported set was checked by its import."""
        if self._config.recipes[recipe].imported:
            return []
        return [paths.CHECKS.of(split="train", variant="base", setting=setting) for setting in self.settings_of(recipe)]

    def frames_of(self, recipe: str) -> list[str]:
        """The frames that a recipe's items may show; the images of an imported set bear their hashes."""
        if self._config.recipes[recipe].imported:
            return []
        settings = self.settings_of(recipe)
        return [file for setting in settings for file in self._collection.frames_of_items(setting, "train", "base")]

    def images_of(self, recipe: str) -> list[str]:
        """The folders of the images that a recipe's items may show."""
        if imported := self._config.recipes[recipe].imported:
            return [IMPORTED_IMAGES.format(split="train", variant=imported)]
        return [folder for setting in self.settings_of(recipe) for folder in self._collection.images(setting, "train")]

    # ---- jobs

    def recipe(self, name: str) -> Job:
        params = RecipeParams(name=name, recipe=self._config.recipes[name], seed=self._plan.config.seed)
        return Job(params, code_of("select_recipe.py"))

    def sft(self, name: str) -> Job:
        base = self._plan.tuned[name].base
        config = self._plan.bases[base]
        params = SftParams(
            tuned=name,
            base=_trained(config, "max_new_tokens"),
            settings=self._config.sft.for_base(base, config),
            seed=self._plan.config.seed,
        )
        return Job(params, code_of("tune_sft.py", *backend_files("transformers")))

    def grpo(self, name: str) -> Job:
        tuned = self._plan.tuned[name]
        reward = tuned.method.removeprefix("grpo_")
        params = GrpoParams(
            tuned=name,
            base=_trained(self._plan.bases[tuned.base]),
            settings=self._config.grpo,
            reward=reward,
            seed=self._plan.config.seed,
        )
        return Job(params, code_of("tune_grpo.py", reward_file(reward), *backend_files("transformers")))

    def table(self, name: ExperimentName) -> Job:
        models = self._plan.bases | self._plan.tuned_models
        scores = self.scores(name)
        infos = [models[model].info(model) for model in dict.fromkeys(model for model, _ in scores)]
        params = TuningTableParams(
            experiment=name,
            pairs=[self._pair(tuned) for tuned in tuned_by(self._plan.config, name)],
            tables=self._tables.params(self._plan.mode).model_copy(update={"models": infos}),
        )
        return Job(params, code_of("make_tuning_table.py")).naming(scores=scores)

    def _pair(self, tuned: Tuned) -> TunedPair:
        recipe = self._config.recipes[tuned.recipe]
        return TunedPair(
            base=tuned.base,
            tuned=tuned.name,
            recipe=tuned.recipe,
            condition=tuned.condition,
            train_size=recipe.size,
            transition_percent=recipe.transition_percent,
            dimensions=recipe.dimensions if recipe.transition_percent < 100 else [],
        )

    def tables(self) -> list[ExperimentName]:
        """Names of the tables that the config asks for."""
        return [name for name in EXPERIMENTS if tuned_by(self._plan.config, name)]

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        for recipe in dict.fromkeys(tuned.recipe for tuned in self._plan.tuned.values()):
            yield paths.RECIPE.output(self.recipe(recipe), recipe=recipe)
        for name, tuned in self._plan.tuned.items():
            where = {"base": tuned.base, "recipe": tuned.recipe, "method": tuned.method}
            if tuned.method == "sft":
                yield paths.SFT.output(self.sft(name), **where)
            else:
                yield paths.GRPO.output(self.grpo(name), **where)
        for experiment in self.tables():
            yield paths.TUNING_TABLE.output(self.table(experiment), experiment=experiment)


def _trained(config: ModelConfig, *more: str) -> ModelConfig:
    """Only what changes an adapter: not how answers are asked for in batches, and not ``more``."""
    apart = ("batch_families", "sampling", "reasoning_backend", "reasoning_options", "reasoning_system_prompt", *more)
    kept = config.asked().model_copy(update={name: type(config).model_fields[name].default for name in apart})
    return kept.model_copy(update={"options": {k: v for k, v in config.options.items() if k == "attention"}})
