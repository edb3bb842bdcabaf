"""A newborn model, and each kind of thing that it can learn, on painted rooms and a CPU."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import replace

import numpy as np
import pytest

from spacenum.models.base import Context
from spacenum.models.chat import Decoding
from spacenum.models.parsing import read_letter
from spacenum.models.settings import CHECKPOINT_FILES, ModelConfig
from spacenum.pretraining.settings import Newborn, Pretraining, PretrainParams
from spacenum.provenance import sha256_of
from spacenum.tuning.settings import Machine
from tests.pretraining.rooms import SIDE, rooms

torch = pytest.importorskip("torch")
from spacenum.models.transformers import load  # noqa: E402
from spacenum.models.transformers.letters import letter_tokens  # noqa: E402
from spacenum.models.transformers.prompts import PromptMaker  # noqa: E402
from spacenum.pretraining.lessons import Teacher, without_images  # noqa: E402
from spacenum.pretraining.newborn import write_newborn  # noqa: E402
from spacenum.pretraining.train import STATE, pretrain, spoken_texts  # noqa: E402
from spacenum.pretraining.views import Views  # noqa: E402
from spacenum.tuning.lora import load_base  # noqa: E402

SMALL = {"hidden": 64, "heads": 2, "layers": 2, "tower_layers": 3, "patch": 8, "vocabulary": 400}
RARELY = Machine(every=10_000)


def job(*stages: dict, **more: object) -> PretrainParams:
    settings = {"recipe": "r", "model": SMALL, "stages": stages, "test_every": 1000, "tested": 64, "jitter": 0.1} | more
    return PretrainParams(name="t", settings=Pretraining.model_validate(settings), image=SIDE, seed=1)


def train(where, params, root, made, machine=RARELY):
    return pretrain(params, made.items, made.frames, made.families, root, where / "model", where / "run", machine)


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    root = tmp_path_factory.mktemp("rooms")
    return root, rooms(root, 24)


def test_a_newborn_is_the_same_for_a_seed_and_letters_and_digits_are_tokens(school, tmp_path):
    _, made = school
    for name in ("one", "two"):
        write_newborn(tmp_path / name, Newborn(**SMALL), SIDE, spoken_texts(made.items), seed=3)
    hashes = [{file: sha256_of(tmp_path / name / file) for file in CHECKPOINT_FILES} for name in ("one", "two")]
    assert hashes[0] == hashes[1]
    config = ModelConfig(
        kind="demonstration", backend="transformers", checkpoint=str(tmp_path / "one"), dtype="float32"
    )
    loaded = load_base(config)
    tokenizer = loaded.processor.tokenizer
    for letter in "ABCD":
        [token] = letter_tokens(tokenizer, letter)
        assert tokenizer.tokenize(f"Option {letter}: 40°").count(letter) == 1
        assert tokenizer.encode(f"so {letter}", add_special_tokens=False)[-1] == token
    assert [tokenizer.tokenize(text) for text in ("40", "1.2")] == [["4", "0"], ["1", ".", "2"]]


def test_patches_are_those_of_the_processor(school, tmp_path):
    root, made = school
    write_newborn(tmp_path / "model", Newborn(**SMALL), SIDE, ["a"], seed=0)
    config = ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(tmp_path / "model"))
    paths = [frame.image for frame in made.frames[:2]]
    asked = PromptMaker(load_base(config), root, False).pixels(paths)
    shown = Views.read(paths, root, SIDE).patches(torch.arange(2), torch.ones(2, 3), SMALL["patch"])
    assert shown.allclose(torch.cat([asked[path].values for path in paths]), atol=1e-6)


def test_lessons_say_what_is_true_of_the_options_shown(school):
    _, made = school
    teacher = Teacher()
    for item in made.items[:16]:
        for rotation in range(4):
            spoken, looked_up = (teacher.lesson(name, item, rotation) for name in ("spoken", "look_ups"))
            letter = read_letter(spoken.reply, "ABCD").letter
            lines = looked_up.reply.splitlines()
            assert (
                len(lines) == 4
                and len({line[-1] for line in lines}) == 4
                and spoken.reply.splitlines()[-1] == lines[-1]
            )
            true = f"{item.truth.magnitude:.0f}°"
            text = "".join(part.text for part in without_images(item, rotation))
            if item.task == "num2space":
                assert text.rstrip().endswith(f"Amount: {true}") and f"Option {letter}:\n{true}" in text
                assert f"{letter}: {true}" in spoken.reply.splitlines()
            else:
                assert f"afterwards:\n{true}\n" in text and f"Option {letter}: {true}" in text
                assert spoken.reply == f"{true}, answer: {letter}"
    numbers = teacher.lesson("numbers", next(item for item in made.items if item.task == "space2num"))
    assert "Option" not in "".join(getattr(part, "text", "") for part in numbers.question.parts)


def test_matching_and_depth_are_learnt_and_matching_holds_in_other_rooms(school, tmp_path):
    root, made = school
    stage = {"name": "m", "steps": 60, "matching": 24, "depth": 8, "learning_rate": 3e-3}
    first, last = train(tmp_path, job(stage, test_every=30), root, made)
    assert last.loss_matching < first.loss_matching < np.log(16)  # of picking one of 16 tokens by lot
    assert last.loss_depth < 0.75 * first.loss_depth and last.depth_held_out is not None
    assert last.staying < 0.6 and last.matched_held_out > last.staying + 0.2


def test_numbers_are_memorised_and_the_checkpoint_is_whole(school, tmp_path):
    root, made = school
    few = [item for item in made.items if item.task == "space2num"][:8]  # of two rooms, one held out
    stage = {"name": "n", "steps": 120, "numbers": 4, "learning_rate": 3e-3}
    lines = train(tmp_path, job(stage, test_every=40), root, replace(made, items=few))
    assert [line.step for line in lines] == [40, 80, 120]
    unseen = np.log(4) / 4  # nats a token of "30°" and its end, if the form is known and the number drawn by lot
    assert lines[-1].loss_numbers < unseen / 2 and lines[0].loss_numbers > unseen
    assert lines[-1].blind_numbers_space2num is not None and lines[-1].numbers_num2space is None
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == sorted(CHECKPOINT_FILES)
    config = ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(tmp_path / "model"))
    question = Teacher().lesson("numbers", few[0]).question
    [reply] = load(config, Context({}, root, 0)).reply([question], Decoding(name="greedy", max_new_tokens=8))
    assert reply.finished and reply.text.endswith("°")


def test_a_killed_run_goes_on_and_ends_the_same(school, tmp_path):
    root, made = school
    few = replace(made, items=made.items[:32], families=made.families[:6])
    stages = [
        {"name": "a", "steps": 4, "matching": 2, "numbers": 2},
        {"name": "b", "steps": 30, "matching": 2, "look_ups": 2, "letters": 2, "spoken": 2},
    ]
    params = job(*stages, test_every=3, micro_batch=1, tested=2)
    whole = train(tmp_path / "whole", params, root, few)
    killed, often = tmp_path / "killed", Machine(every=5)
    run = multiprocessing.get_context("fork").Process(target=train, args=(killed, params, root, few, often))
    run.start()
    while not (killed / "run" / STATE).exists() and run.is_alive():
        time.sleep(0.01)
    run.kill()
    run.join()
    assert not (killed / "model").exists() and torch.load(killed / "run" / STATE)["step"] in range(5, 30, 5)
    assert train(killed, params, root, few, often) == whole
    assert len({sha256_of(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "killed")}) == 1
