"""The trainings of a study as jobs, like ``Study``: what they need, and the models that come of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spacenum.asking.questions import template_files
from spacenum.asking.settings import CHECKPOINT_FILES, PRETRAINED
from spacenum.core.blocks import Block, NoParams
from spacenum.core.errors import SpaceNumError
from spacenum.core.jobs import Job, backend_files, code_of
from spacenum.core.provenance import PROJECT
from spacenum.core.resources import Needs
from spacenum.items.schema import Setting
from spacenum.pretraining.settings import Pretraining, PretrainParams

if TYPE_CHECKING:
    from spacenum.study.study import Study

TABLE = "pretraining"
SHIPPED = PROJECT / "checkpoints"
"""Trained models that come with the project, a folder each."""
CHECKSUMS = "SHA256SUMS"


class ShippedParams(Block):
    """sha256: of each file."""

    name: str
    sha256: dict[str, str]


class Trainings:
    """All models that a study trains from nothing, by name. shipped: names of those that it takes as they come with the project."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self.shipped: list[str] = []
        self.all: dict[str, Pretraining] = study.config.pretraining
        for name in self.all:
            self._check(name)
        for model, config in (study.models | study.tuning.bases).items():
            if not config.pretrained or config.pretrained in (*self.all, *self.shipped):
                continue
            if (SHIPPED / config.pretrained / CHECKSUMS).is_file():
                self.shipped.append(config.pretrained)
            else:
                raise SpaceNumError(
                    f"config/models/{model}.yaml, key 'checkpoint', is what 'pretraining.{config.pretrained}' of the config "
                    f"would train, which isn't there; there: {', '.join(self.all) or 'none'} (docs/pretraining.md)"
                )

    def _check(self, name: str) -> None:
        training, key, recipes = self.all[name], f"config key 'pretraining.{name}", self._study.config.tuning.recipes
        if training.recipe not in recipes:
            known = ", ".join(recipes) or "none"
            raise SpaceNumError(f"{key}.recipe' is '{training.recipe}', which 'tuning.recipes' lacks; there: {known}")
        sizes = {self._size(setting) for setting in self.settings_of(name)}
        if len(sizes) > 1 or any(width != height for width, height in sizes):
            shown = ", ".join(f"{width} x {height}" for width, height in sorted(sizes))
            raise SpaceNumError(
                f"{key}' needs images that are square and alike in all settings; config key 'camera' makes them {shown}"
            )

    def _size(self, setting: Setting) -> tuple[int, int]:
        camera = self._study.config.camera[setting]
        return camera.width, camera.height

    def settings_of(self, name: str) -> tuple[Setting, ...]:
        """Settings that a training's items are of."""
        return self._study.config.tuning.recipes[self.all[name].recipe].settings

    def frames(self, name: str, file: str) -> list[str]:
        """One file of every frames shard that a training's items may show."""
        return [
            f"data/frames/{setting}/base/{shard}/{file}"
            for setting in self.settings_of(name)
            for shard in self._study.shards(setting, "train")
        ]

    def needs(self, name: str) -> Needs:
        """What a training takes of the machine; no GPU where SPACENUM_DEVICE is cpu."""
        needs = self.all[name].needs()
        return replace(needs, gpus=0) if os.environ.get("SPACENUM_DEVICE") == "cpu" else needs

    def job(self, name: str) -> Job:
        machine = {key: Pretraining.model_fields[key].default for key in ("gpus", "hours")}
        params = PretrainParams(
            name=name,
            settings=self.all[name].model_copy(update=machine),
            seed=self._study.config.seed,
        )
        return Job("pretrain", params, code_of("pretrain.py", *backend_files("transformers"), *template_files()))

    def shipped_files(self, name: str) -> list[Path]:
        """The files that a model consists of, as they come with the project."""
        return [SHIPPED / name / file for file in CHECKPOINT_FILES]

    def shipped_job(self, name: str) -> Job:
        """SpaceNumError if the checksums can't be read."""
        path = SHIPPED / name / CHECKSUMS
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        if any(len(line) != 2 for line in lines):
            raise SpaceNumError(f"{path} isn't what sha256sum writes: a checksum and a file's name on each line")
        params = ShippedParams(name=name, sha256={file: checksum for checksum, file in lines})
        return Job("shipped_checkpoint", params, code_of("unpack_checkpoint.py"))

    def table_job(self) -> Job:
        return Job("pretraining_table", NoParams(), code_of("make_pretraining_table.py"))

    def tables(self) -> list[str]:
        """Names of the tables: the learning curves, if anything is trained."""
        return [TABLE] if self.all else []

    def outputs(self) -> Iterator[tuple[Path, Job]]:
        """Each output that carries a meta file, with the job that makes it."""
        for name in self.all:
            yield Path(PRETRAINED.format(name=name)).parent / "training.csv", self.job(name)
        for name in self.shipped:
            yield Path(PRETRAINED.format(name=name)) / CHECKPOINT_FILES[0], self.shipped_job(name)
        for table in self.tables():
            yield Path(f"results/tables/{table}.csv"), self.table_job()
