"""The models that a study tunes: bases, recipes and methods, and the models that come of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from spacenum.asking.modes import Mode
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import ConfigError
from spacenum.items.schema import CELLS
from spacenum.items.settings import cell_size
from spacenum.study.config import StudyConfig
from spacenum.study.paths import SFT
from spacenum.tuning.recipes import quotas
from spacenum.tuning.settings import (
    WORKED_TOKENS,
    Experiment,
    ExperimentName,
    Method,
    SftSettings,
    TuningExperiments,
)

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

    def model(self, base: ModelConfig, sft: SftSettings) -> ModelConfig:
        """The base with the adapter over it, and a limit that the replies fit that it is taught. sft: the study's."""
        adapter = Path(SFT.of("adapter", base=self.base, recipe=self.recipe, method=self.method)).parent
        limits = base.max_new_tokens
        if self.method == "sft" and sft.for_base(self.base, base).reply == "worked":
            limits = limits.model_copy(update={"letter": max(limits.letter, WORKED_TOKENS)})
        return base.model_copy(update={"base": self.base, "adapter": str(adapter), "max_new_tokens": limits})


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
    tuned = {recipe for experiment in EXPERIMENTS for recipe in experiment_of(config, experiment).recipes}
    for recipe in config.external_recipes:
        if recipe not in tuned:
            known = ", ".join(name for name in recipes if name in tuned) or "none"
            raise ConfigError(
                "external_recipes", f"names '{recipe}', on which nothing is tuned; 'tuning.experiments' has {known}"
            )
    if config.external_recipes and not (config.external or config.imported):
        raise ConfigError("external_recipes", "needs items to ask: name a benchmark in 'external', or leave it empty")
    for experiment in EXPERIMENTS:
        block, key = experiment_of(config, experiment), key_of(experiment)
        for base in block.bases:
            model, mode = bases[base], config.modes[0]
            if model.backend != "transformers" or model.adapter or model.reasoning == "checkpoint":
                raise ConfigError(
                    f"{key}.bases",
                    f"names '{base}', which can't be tuned; a base is a model of backend transformers that has no "
                    "adapter and doesn't always think",
                )
            if not model.answers_in(Mode.of(mode)):
                raise ConfigError(
                    f"{key}.bases",
                    f"names '{base}', which doesn't answer in {mode}, the first of 'modes', where tuned models are "
                    "asked; put another mode first",
                )
        for recipe in block.recipes:
            if recipe not in recipes:
                known = ", ".join(recipes) or "none"
                raise ConfigError(f"{key}.recipes", f"names '{recipe}', which 'tuning.recipes' lacks; there: {known}")
            _check_size(config, recipe)


def _check_size(config: StudyConfig, recipe: str) -> None:
    """ConfigError if a recipe asks for more items than there are, or for none. What an imported set has is known when
    the recipe is made."""
    if config.tuning.recipes[recipe].imported:
        return
    sizes = {cell: cell_size(cell, config.items.train) for cell in CELLS}
    if not sum(quotas(recipe, config.tuning.recipes[recipe], sizes).values()):
        raise ConfigError(f"tuning.recipes.{recipe}", "takes no items, for 'items.train' has none of its cells")


def without_unfit(config: StudyConfig, inherited: Callable[[str], bool]) -> tuple[StudyConfig, list[str]]:
    """The config without experiments of the default study that this study's training items can't make, and a
    sentence on each of them. inherited: whether a key of the config has its value from the default study."""
    kept, left_out = {}, []
    for name in EXPERIMENTS:
        experiment = kept[name] = experiment_of(config, name)
        keys = [f"{key_of(name)}.recipes", *(f"tuning.recipes.{recipe}" for recipe in experiment.recipes)]
        if not all(map(inherited, keys)):
            continue
        try:
            for recipe in experiment.recipes:
                _check_size(config, recipe)
        except ConfigError as error:
            kept[name] = Experiment()
            left_out.append(f"'{key_of(name)}' is the default study's, and is left out: {error}")
    tuning = config.tuning.model_copy(update={"experiments": TuningExperiments(**kept)})
    return config.model_copy(update={"tuning": tuning}), left_out
