"""The tuning of a study as jobs: its recipes, the adapters that follow, and the models that these make; like ``Study``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job, backend_files, code_of
from spacenum.core.resources import Needs
from spacenum.items.schema import CELLS, SETTINGS, Setting
from spacenum.items.settings import cell_size
from spacenum.study.config import load_model
from spacenum.tables.settings import TunedPair, TuningTableParams
from spacenum.tuning.recipes import quotas
from spacenum.tuning.settings import (
    Experiment,
    ExperimentName,
    GrpoParams,
    Method,
    RecipeParams,
    Reward,
    SftParams,
)

if TYPE_CHECKING:
    from spacenum.study.study import Study

EXPERIMENTS: tuple[ExperimentName, ...] = get_args(ExperimentName)
METHODS: tuple[Method, ...] = get_args(Method)
REWARDS: tuple[Reward, ...] = get_args(Reward)
RESULTS = "results/tuning"


@dataclass(frozen=True)
class Tuned:
    """A base, tuned on a recipe by a method: a model of its own."""

    base: str
    recipe: str
    method: Method

    @property
    def name(self) -> str:
        return f"{self.base}-{self.recipe}-{self.method}"

    @property
    def condition(self) -> str:
        """How tables name what was done to the base."""
        return self.recipe if self.method == "sft" else f"{self.recipe}.{self.method.removeprefix('grpo_')}"


class Tuning:
    """All that a study tunes. models: the tuned ones, by name. bases: what they start from, in the study or beside it."""

    def __init__(self, study: Study, folder: Path) -> None:
        self._study, self._config = study, study.config.tuning
        self._experiments: dict[ExperimentName, Experiment] = {
            name: getattr(self._config.experiments, name) for name in EXPERIMENTS
        }
        names = dict.fromkeys(base for experiment in self._experiments.values() for base in experiment.bases)
        self.bases = {name: study.models.get(name) or load_model(name, folder, "tuning.experiments") for name in names}
        for name in EXPERIMENTS:
            self._check(name)
        found = [tuned for name in EXPERIMENTS for tuned in self.tuned(name)]
        self.runs: dict[str, Tuned] = {tuned.name: tuned for tuned in found}
        self.models = {name: self._model(tuned) for name, tuned in self.runs.items()}

    def _check(self, name: ExperimentName) -> None:
        experiment, key = self._experiments[name], f"config key 'tuning.experiments.{name}"
        for base in experiment.bases:
            config = self.bases[base]
            if config.backend != "transformers" or config.adapter or config.reasoning == "checkpoint":
                raise SpaceNumError(
                    f"{key}.bases' names '{base}', which can't be tuned; a base is a model of backend transformers that has "
                    "no adapter and doesn't always think"
                )
        for recipe in experiment.recipes:
            if recipe not in self._config.recipes:
                known = ", ".join(self._config.recipes) or "none"
                raise SpaceNumError(f"{key}.recipes' names '{recipe}', which 'tuning.recipes' lacks; there: {known}")
            sizes = self._study.config.items.train
            quotas(recipe, self._config.recipes[recipe], {cell: cell_size(cell, sizes) for cell in CELLS})

    def tuned(self, name: ExperimentName) -> list[Tuned]:
        """The models of an experiment, in its table's order."""
        experiment = self._experiments[name]
        return [Tuned(b, r, m) for b in experiment.bases for r in experiment.recipes for m in experiment.methods]

    def _model(self, tuned: Tuned) -> ModelConfig:
        base = self.bases[tuned.base]
        return base.model_copy(update={"base": tuned.base, "adapter": f"{RESULTS}/{tuned.name}/adapter"})

    def settings_of(self, recipe: str) -> tuple[Setting, ...]:
        """Settings that a recipe takes items of."""
        return self._config.recipes[recipe].settings

    def needs(self, base: str, method: Method) -> Needs:
        """What a training takes of the machine: supervised, the base's GPUs, a process each; by reward, one of them."""
        needs = self._study.answers_needs(base)
        return needs if method == "sft" else replace(needs, gpus=min(needs.gpus, 1))

    def launch(self, base: str, method: Method) -> str:
        """The command that starts a training."""
        gpus = self.needs(base, method).gpus
        one_machine = "--multi_gpu --num_machines 1 --main_process_port 0 --mixed_precision no --dynamo_backend no"
        return f"accelerate launch {one_machine} --num_processes {gpus}" if gpus > 1 else "python"

    def scores(self, name: ExperimentName) -> list[tuple[str, str]]:
        """(model, score file) of an experiment's bases and tuned models."""
        models = dict.fromkeys([*self._experiments[name].bases, *(tuned.name for tuned in self.tuned(name))])
        mode = self._study.config.modes[0]
        return [(m, f"results/scores/{m}/{mode}/base/{setting}.csv") for m in models for setting in SETTINGS]

    # ---- jobs

    def recipe_job(self, name: str) -> Job:
        params = RecipeParams(name=name, recipe=self._config.recipes[name], seed=self._study.config.seed)
        return Job("recipe", params, code_of("select_recipe.py"))

    def sft_job(self, name: str) -> Job:
        params = SftParams(
            tuned=name,
            base=_trained(self.bases[self.runs[name].base], "max_new_tokens"),
            settings=self._config.sft,
            seed=self._study.config.seed,
        )
        return Job("sft", params, code_of("tune_sft.py", *backend_files("transformers")))

    def grpo_job(self, name: str) -> Job:
        run = self.runs[name]
        params = GrpoParams(
            tuned=name,
            base=_trained(self.bases[run.base]),
            settings=self._config.grpo,
            reward=next(reward for reward in REWARDS if run.method.endswith(reward)),
            seed=self._study.config.seed,
        )
        return Job("grpo", params, code_of("tune_grpo.py", *backend_files("transformers")))

    def table_job(self, name: ExperimentName) -> Job:
        models = self.bases | self.models
        wanted = dict.fromkeys(model for model, _ in self.scores(name))
        params = TuningTableParams(
            experiment=name,
            pairs=[self._pair(tuned) for tuned in self.tuned(name)],
            tables=self._study.tables_params(self._study.config.modes[0]).model_copy(
                update={"models": [models[model].info(model) for model in wanted]}
            ),
        )
        return Job("tuning_table", params, code_of("make_tuning_table.py"))

    def _pair(self, tuned: Tuned) -> TunedPair:
        recipe = self._config.recipes[tuned.recipe]
        return TunedPair(
            base=tuned.base,
            tuned=tuned.name,
            condition=tuned.condition,
            train_size=recipe.size,
            transition_percent=recipe.transition_percent,
        )

    def tables(self) -> list[ExperimentName]:
        """Names of the tables that the config asks for."""
        return [name for name in EXPERIMENTS if self.tuned(name)]

    def outputs(self) -> Iterator[tuple[Path, Job]]:
        """Each output that carries a meta file, with the job that makes it."""
        study, mode = self._study, self._study.config.modes[0]
        for recipe in dict.fromkeys(run.recipe for run in self.runs.values()):
            yield Path(f"data/recipes/{recipe}.jsonl"), self.recipe_job(recipe)
        for name, run in self.runs.items():
            job = self.sft_job(name) if run.method == "sft" else self.grpo_job(name)
            yield Path(f"{RESULTS}/{name}/training.csv"), job
        for name in dict.fromkeys([*self.models, *self.bases]):
            for setting in SETTINGS if name not in study.models else ():
                where = f"{name}/{mode}/base/{setting}"
                yield Path(f"results/answers/{where}.jsonl"), study.answers_job(name, mode)
                yield Path(f"results/scores/{where}.csv"), study.scores_job(mode)
        for experiment in self.tables():
            yield Path(f"results/tables/{experiment}.csv"), self.table_job(experiment)


def _trained(config: ModelConfig, *more: str) -> ModelConfig:
    """Only what changes an adapter: not how answers are asked for in batches, and not ``more``."""
    apart = ("batch_families", *more)
    kept = config.asked().model_copy(update={name: type(config).model_fields[name].default for name in apart})
    return kept.model_copy(update={"options": {k: v for k, v in config.options.items() if k == "attention"}})
