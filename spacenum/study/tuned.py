"""The models that a study tunes: bases, recipes and methods, and the models that come of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import ConfigError
from spacenum.items.schema import CELLS
from spacenum.items.settings import cell_size
from spacenum.study.config import StudyConfig
from spacenum.study.paths import SFT
from spacenum.tuning.recipes import quotas
from spacenum.tuning.settings import Experiment, ExperimentName, Method

EXPERIMENTS: tuple[ExperimentName, ...] = get_args(ExperimentName)


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

    def model(self, base: ModelConfig) -> ModelConfig:
        """The base with the adapter over it."""
        adapter = Path(SFT.of("adapter", base=self.base, recipe=self.recipe, method=self.method)).parent
        return base.model_copy(update={"base": self.base, "adapter": str(adapter)})


def experiment_of(config: StudyConfig, name: ExperimentName) -> Experiment:
    """An experiment's block of the config."""
    found: Experiment = getattr(config.tuning.experiments, name)
    return found


def tuned_by(config: StudyConfig, name: ExperimentName) -> list[Tuned]:
    """The models of an experiment, in its table's order."""
    experiment = experiment_of(config, name)
    return [Tuned(b, r, m) for b in experiment.bases for r in experiment.recipes for m in experiment.methods]


def all_tuned(config: StudyConfig) -> dict[str, Tuned]:
    """All tuned models by name; ConfigError if a base and a recipe could be read in two ways from such a name."""
    bases = dict.fromkeys(name for name, _ in base_names(config))
    pairs: dict[str, tuple[str, str]] = {}
    for base in bases:
        for recipe in config.tuning.recipes:  # all that there are: rules know them, whether an experiment does or not
            other = pairs.setdefault(f"{base}-{recipe}", (base, recipe))
            if other != (base, recipe):
                raise ConfigError(
                    f"tuning.recipes.{recipe}",
                    (
                        f"on '{base}' has the name of '{other[1]}' on '{other[0]}', "
                        f"{base}-{recipe}; rename a recipe or a base"
                    ),
                )
    return {tuned.name: tuned for experiment in EXPERIMENTS for tuned in tuned_by(config, experiment)}


def key_of(experiment: ExperimentName) -> str:
    """An experiment's key in the config."""
    return f"tuning.experiments.{experiment}"


def base_names(config: StudyConfig) -> Iterator[tuple[str, str]]:
    """(name, key of the config) of every base."""
    for experiment in EXPERIMENTS:
        for base in experiment_of(config, experiment).bases:
            yield base, f"{key_of(experiment)}.bases"


def check_tuning(config: StudyConfig, bases: Mapping[str, ModelConfig]) -> None:
    """ConfigError if a base can't be tuned, or a recipe isn't there or asks for more items than there are."""
    recipes = config.tuning.recipes
    for experiment in EXPERIMENTS:
        block, key = experiment_of(config, experiment), key_of(experiment)
        for base in block.bases:
            model = bases[base]
            if model.backend != "transformers" or model.adapter or model.reasoning == "checkpoint":
                raise ConfigError(
                    f"{key}.bases",
                    f"names '{base}', which can't be tuned; a base is a model of backend transformers that has no "
                    "adapter and doesn't always think",
                )
        for recipe in block.recipes:
            if recipe not in recipes:
                known = ", ".join(recipes) or "none"
                raise ConfigError(f"{key}.recipes", f"names '{recipe}', which 'tuning.recipes' lacks; there: {known}")
            sizes = config.items.train
            quotas(recipe, recipes[recipe], {cell: cell_size(cell, sizes) for cell in CELLS})
