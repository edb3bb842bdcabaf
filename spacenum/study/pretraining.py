"""The trainings of a study, as jobs: what they need, and the models that come of them."""

from __future__ import annotations

from collections.abc import Iterator

from spacenum.asking.questions import template_files
from spacenum.core.blocks import NoParams
from spacenum.core.errors import ConfigError, SpaceNumError
from spacenum.core.jobs import Job, code_of
from spacenum.core.resources import Needs
from spacenum.items.schema import Setting
from spacenum.models.loading import backend_files
from spacenum.models.shipped import is_shipped, shipped_params
from spacenum.pretraining.settings import Pretraining, PretrainParams
from spacenum.study import paths
from spacenum.study.answering import on_cpu
from spacenum.study.collection import Collection
from spacenum.study.paths import StudyOutput
from spacenum.study.plan import Plan

TABLE = "pretraining"


class Trainings:
    """All models that a study trains from random weights, by name. shipped: names of those that it takes as
    they come with the project."""

    def __init__(self, plan: Plan, collection: Collection) -> None:
        self._plan, self._collection = plan, collection
        self.all: dict[str, Pretraining] = plan.config.pretraining
        for name in self.all:
            self._check(name)
        self.shipped = self._shipped()

    def _shipped(self) -> list[str]:
        found: dict[str, None] = {}
        for model, config in (self._plan.models | self._plan.bases).items():
            if not config.pretrained or config.pretrained in self.all:
                continue
            if not is_shipped(config.pretrained):
                raise SpaceNumError(
                    f"config/models/{model}.yaml, key 'checkpoint', is what 'pretraining.{config.pretrained}' of the "
                    "config would train, which isn't there; there: "
                    f"{', '.join(self.all) or 'none'} (docs/pretraining.md)"
                )
            found[config.pretrained] = None
        return [*found]

    def _check(self, name: str) -> None:
        training, key, recipes = self.all[name], f"pretraining.{name}", self._plan.config.tuning.recipes
        if training.recipe not in recipes:
            known = ", ".join(recipes) or "none"
            raise ConfigError(f"{key}.recipe", f"is '{training.recipe}', which 'tuning.recipes' lacks; there: {known}")
        if imported := recipes[training.recipe].imported:
            raise ConfigError(
                f"{key}.recipe", f"is '{training.recipe}', of the imported set '{imported}', whose numbers aren't known"
            )
        sizes = {self._size(setting) for setting in self.settings_of(name)}
        if len(sizes) > 1 or any(width != height for width, height in sizes):
            shown = ", ".join(f"{width} x {height}" for width, height in sorted(sizes))
            raise ConfigError(
                key, f"needs images that are square and alike in all settings; config key 'camera' makes them {shown}"
            )

    def _size(self, setting: Setting) -> tuple[int, int]:
        camera = self._plan.config.camera[setting]
        return camera.width, camera.height

    def settings_of(self, name: str) -> tuple[Setting, ...]:
        """Settings that a training's items are of."""
        return self._plan.config.tuning.recipes[self.all[name].recipe].settings

    def files(self, name: str, output: str) -> list[str]:
        """One output of every frames shard that a training's items may show."""
        return [
            path
            for setting in self.settings_of(name)
            for path in self._collection.shard_files(output, setting, "train")
        ]

    def curves(self) -> list[str]:
        """The learning curves of all trainings."""
        return [paths.PRETRAIN.of(training=name) for name in self.all]

    def resources(self, name: str) -> Needs:
        """What a training takes of the machine."""
        return on_cpu(self.all[name].needs())

    def pretrain(self, name: str) -> Job:
        machine = {key: Pretraining.model_fields[key].default for key in ("gpus", "hours")}
        params = PretrainParams(
            name=name,
            settings=self.all[name].model_copy(update=machine),
            seed=self._plan.config.seed,
        )
        return Job(params, code_of("pretrain.py", *backend_files("transformers"), *template_files()))

    def shipped_checkpoint(self, name: str) -> Job:
        return Job(shipped_params(name), code_of("unpack_checkpoint.py"))

    def table(self) -> Job:
        return Job(NoParams(), code_of("make_pretraining_table.py"))

    def tables(self) -> list[str]:
        """Names of the tables: the learning curves, if anything is trained."""
        return [TABLE] if self.all else []

    def outputs(self) -> Iterator[StudyOutput]:
        """Each output that carries a meta file."""
        for name in self.all:
            yield paths.PRETRAIN.output(self.pretrain(name), training=name)
        for name in self.shipped:
            yield paths.SHIPPED_CHECKPOINT.output(self.shipped_checkpoint(name), training=name)
        if self.tables():
            yield paths.PRETRAINING_TABLE.output(self.table())
