"""Painted rooms and layouts of boxes as training data, and an untrained model of their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pretraining.layouts import layouts
from tests.pretraining.rooms import SIDE, rooms

torch = pytest.importorskip("torch")
from spacenum.asking.settings import ModelConfig  # noqa: E402
from spacenum.pretraining.examples import corpus  # noqa: E402
from spacenum.pretraining.families import views_of  # noqa: E402
from spacenum.pretraining.initialisation import write_untrained  # noqa: E402
from spacenum.pretraining.settings import ModelSize  # noqa: E402
from spacenum.pretraining.training import TrainingData  # noqa: E402
from spacenum.tuning.lora import load_base  # noqa: E402

SMALL = {"hidden": 64, "heads": 4, "layers": 6, "tower_layers": 2, "image": SIDE, "patch": 4, "vocabulary": 900}


def config_of(folder: Path) -> ModelConfig:
    return ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(folder), dtype="float32")


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> TrainingData:
    """24 rooms and 18 layouts."""
    root = tmp_path_factory.mktemp("frames")
    turns, maps = rooms(root, 24), layouts(root, 9)
    return TrainingData(
        items=[*turns.items, *maps.items],
        frames=[*turns.frames, *maps.frames],
        families=[*turns.families, *maps.families],
        root=root,
    )


@pytest.fixture(scope="session")
def families(data):
    return views_of(data.items, data.frames, data.families)


@pytest.fixture(scope="session")
def untrained(data, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("untrained") / "model"
    write_untrained(folder, ModelSize(**SMALL), corpus(data.items), seed=0)
    return folder


@pytest.fixture(scope="session")
def loaded(untrained):
    return load_base(config_of(untrained))
