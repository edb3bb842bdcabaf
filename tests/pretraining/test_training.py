"""What a tiny model learns of painted rooms on a CPU, and that a killed run ends the same."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import replace

import numpy as np
import pytest

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.modes import Mode
from spacenum.asking.questions import Questioner, letters_of
from spacenum.asking.settings import CHECKPOINT_FILES
from spacenum.core.provenance import sha256_of
from spacenum.items.schema import TransitionItem
from spacenum.pretraining.settings import Pretraining, PretrainParams
from spacenum.tuning.settings import Machine
from tests.pretraining.conftest import SMALL, config_of

torch = pytest.importorskip("torch")
from spacenum.models.transformers import load  # noqa: E402
from spacenum.pretraining.training import STATE, pretrain  # noqa: E402

RARELY = Machine(every=10_000)


def job(*stages: dict, **more: object) -> PretrainParams:
    settings = {
        "recipe": "r", "model": SMALL | {"patch": 8}, "stages": stages, "measure_every": 1000, "measured": 8,
        "precision": "float32",
    }  # fmt: skip
    return PretrainParams(name="t", settings=Pretraining.model_validate(settings | more), seed=1)


def train(where, params, data, machine=RARELY):
    return pretrain(params, data, where / "model", where / "run", machine)


@pytest.fixture(scope="module")
def turns(data):
    """Turns alone."""
    return replace(data, items=[item for item in data.items if isinstance(item, TransitionItem)])


def values(lines, measure: str, of: str | None = None, task: str | None = None) -> list:
    return [line for line in lines if (line.measure, line.of, line.task) == (measure, of, task)]


def test_matching_and_depth_are_learnt_and_matching_holds_in_other_rooms(turns, tmp_path):
    stage = {"name": "m", "steps": 60, "transitions": 6}
    lines = train(tmp_path, job(stage, measure_every=30, jitter=0.1, learning_rate=3e-3), turns)
    first, last = values(lines, "training", "matching")
    assert last.value < first.value < np.log(16)  # of picking one of 16 tokens at random
    depths = values(lines, "training", "depth")
    assert depths[1].value < 0.9 * depths[0].value
    matched = values(lines, "loss", "matching")[-1]
    assert matched.value < matched.unseen - 0.3


def test_replies_become_letters_and_the_checkpoint_answers(turns, tmp_path):
    few = replace(turns, items=[item for item in turns.items if item.task == "space2num"][:8])  # of two rooms
    stage = {"name": "n", "steps": 60, "transitions": 1, "questions": 4}
    lines = train(tmp_path, job(stage, measure_every=30, jitter=0.0, learning_rate=3e-3), few)
    first, last = values(lines, "training", "reply")
    assert last.value < first.value and last.value < np.log(4)  # nats a token; of all words it was 6
    [right] = values(lines, "letters", "rotations", "space2num")[-1:]
    assert right.unseen is not None
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == sorted(CHECKPOINT_FILES)
    item = few.items[0]
    question = Question(
        item.id, item.family, Questioner(Mode.of("letter-greedy"), "none").parts(item, 0), letters_of(item)
    )
    model = load(config_of(tmp_path / "model"), Context({}, few.root, 0))
    [reply] = model.reply([question], Decoding(name="greedy", max_new_tokens=8))
    assert reply.finished and reply.text in letters_of(item)


def test_a_killed_run_continues_and_ends_the_same(data, tmp_path):
    few = replace(data, items=[*data.items[:32], *data.items[-32:]])
    stages = [
        {"name": "a", "steps": 4, "transitions": 2, "layouts": 2, "lookups": 1},
        {"name": "b", "steps": 16, "transitions": 1, "layouts": 1, "questions": 2, "lookups": 1},
    ]
    params = job(*stages, measure_every=3, micro_batch=2, measured=1)
    whole = train(tmp_path / "whole", params, few)
    killed, often = tmp_path / "killed", Machine(every=5)
    run = multiprocessing.get_context("fork").Process(target=train, args=(killed, params, few, often))
    run.start()
    while not (killed / "run" / STATE).exists() and run.is_alive():
        time.sleep(0.01)
    run.kill()
    run.join()
    assert not (killed / "model").exists() and torch.load(killed / "run" / STATE)["step"] in range(5, 20, 5)
    assert train(killed, params, few, often) == whole
    assert len({sha256_of(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "killed")}) == 1
