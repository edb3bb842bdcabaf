"""A newborn model, and each kind of thing that it can learn, on painted rooms and a CPU."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.torch import load_file

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding
from spacenum.asking.parsing import read_letter
from spacenum.asking.settings import CHECKPOINT_FILES, ModelConfig
from spacenum.core.provenance import sha256_of
from spacenum.items.schema import Image
from spacenum.pretraining.settings import Newborn, Pretraining, PretrainParams
from spacenum.tuning.settings import Machine
from tests.pretraining.rooms import SIDE, rooms

torch = pytest.importorskip("torch")
from spacenum.models.transformers import load  # noqa: E402
from spacenum.models.transformers.images import encode  # noqa: E402
from spacenum.models.transformers.letters import LetterReader, letter_tokens  # noqa: E402
from spacenum.models.transformers.prompts import PromptMaker, image_paths  # noqa: E402
from spacenum.pretraining.batches import Classroom  # noqa: E402
from spacenum.pretraining.curve import _count, _Tally  # noqa: E402
from spacenum.pretraining.kin import QuestionMaker, Turn, kin_of  # noqa: E402
from spacenum.pretraining.lessons import Teacher, without_images  # noqa: E402
from spacenum.pretraining.network import Network  # noqa: E402
from spacenum.pretraining.newborn import write_newborn  # noqa: E402
from spacenum.pretraining.standing import Standing  # noqa: E402
from spacenum.pretraining.tokens import Seen  # noqa: E402
from spacenum.pretraining.train import STATE, pretrain, spoken_texts  # noqa: E402
from spacenum.pretraining.views import Views  # noqa: E402
from spacenum.tuning.examples import IGNORED  # noqa: E402
from spacenum.tuning.lora import load_base  # noqa: E402

SPOKEN = SimpleNamespace(lesson="spoken", subject="rotations", task="num2space")
SMALL = {"hidden": 64, "heads": 4, "layers": 5, "tower_layers": 3, "image": SIDE, "patch": 8, "vocabulary": 600}
RARELY = Machine(every=10_000)


def job(*stages: dict, **more: object) -> PretrainParams:
    settings = {
        "recipe": "r",
        "model": SMALL,
        "stages": stages,
        "test_every": 1000,
        "tested": 16,
        "precision": "float32",
    } | more
    return PretrainParams(name="t", settings=Pretraining.model_validate(settings), seed=1)


def train(where, params, root, made, machine=RARELY):
    return pretrain(params, made.items, made.frames, made.families, root, where / "model", where / "run", machine)


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    root = tmp_path_factory.mktemp("rooms")
    made = rooms(root, 24)
    assert kin_of(made.items, made.frames, made.families)
    return root, made


def test_a_newborn_is_the_same_for_a_seed_and_letters_and_numbers_are_tokens(school, tmp_path):
    _, made = school
    for name in ("one", "two"):
        write_newborn(tmp_path / name, Newborn(**SMALL), spoken_texts(made.items), seed=3)
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
    assert {"30", "50"} <= {*tokenizer.tokenize("30° and 50°")}


@pytest.mark.parametrize("image", [SIDE, 48])
def test_patches_are_those_of_the_processor(school, tmp_path, image):
    root, made = school
    settings = Newborn(**SMALL | {"image": image})
    write_newborn(tmp_path / "model", settings, ["a"], seed=0)
    config = ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(tmp_path / "model"))
    paths = [frame.image for frame in made.frames[:2]]
    asked = PromptMaker(load_base(config), root, False).pixels(paths)
    views = Views.read(made.frames[:2], root, image)
    shown = views.patches(torch.arange(2), torch.zeros(2, dtype=torch.bool), torch.ones(2, 3), settings.patch)
    assert shown.allclose(torch.cat([asked[path].values for path in paths]), atol=1e-6)


def test_a_lesson_is_the_prompt_that_is_asked(school, tmp_path):
    """Token for token, position for position, and so are the words that the trained network would say next."""
    root, made = school
    write_newborn(tmp_path / "model", Newborn(**SMALL), spoken_texts(made.items), seed=0)
    config = ModelConfig(
        kind="demonstration", backend="transformers", checkpoint=str(tmp_path / "model"), dtype="float32"
    )
    loaded = load_base(config)
    settings = job({"name": "n", "steps": 1, "transitions": {"families": 2, "letters": 2}}).settings
    kin = kin_of(made.items, made.frames, made.families)
    views = Views.read(made.frames, root, SIDE)
    seen = Seen.of(made.frames, root, settings.model.side)
    standing = Standing.of(kin, made.frames, root, settings.model.side)
    room = Classroom(kin, {}, seen, standing, loaded, views, settings)
    batch = room.batch(settings.stages[0], [0, 1], [], [], np.random.default_rng(0), 0.0, vary=False)
    items = {image_paths(question): question for question in (
        Teacher().lesson("letters", item).question for item in made.items if item.task == "space2num")}  # fmt: skip
    checked, maker = 0, PromptMaker(loaded, root, False)
    tokens = {}
    for chunk in batch.chunks:
        for row, written in enumerate(chunk.prompts):
            if written.task == "space2num":
                question = items[written.paths]
                asked = maker.prompt(question, maker.pixels(image_paths(question)))
                end = len(asked.ids)
                assert tuple(written.ids[:end].tolist()) == asked.ids and len(written.ids) == end + len(written.reply)
                assert written.positions[:, :end].long().equal(asked.positions)
                tokens[id(chunk), row] = (chunk, row, asked, maker.pixels(asked.images))
                checked += 1
    assert checked
    stock = {key: first_logits(loaded, *found[2:]) for key, found in tokens.items()}
    network = Network(loaded.model, settings, 1, room.decimals).eval()
    with torch.no_grad():
        seen = network.tokens(batch, views)
        for key, (chunk, row, asked, _) in tokens.items():
            states = network.states(chunk, seen)
            said = loaded.model.lm_head(states.end[row, len(asked.ids) - 1])
            assert said.allclose(stock[key], atol=1e-4)
        letters = torch.isin(chunk.labels, room.letters)
        weights = torch.ones(len(network.words))
        weights[room.letters] = 3
        only = network.reply_loss(states.end, replace(chunk, labels=torch.where(letters, chunk.labels, IGNORED)))
        plain, weighted = (network.reply_loss(states.end, chunk, one) for one in (None, weights))
        assert letters.any() and weighted.allclose(plain + 2 * only)


def test_a_reply_counts_by_the_letters_behind_the_true_number():
    """A wrong number among the options is told by ``numbers``, not by ``letters``."""
    words = {"A": 1, "B": 2, ":": 3, "10": 4, "20": 5, "Answer": 6, "\n": 0}
    reply = ["10", ":", "A", "\n", "20", ":", "B", "\n", "20", ":", "B", "\n", "Answer", ":", "B"]
    told = [words[one] for one in reply]
    letters = [one in "AB" for one in reply]
    for wrong, number, letter in ((0, 50, 100), (10, 100, 0), (14, 100, 0)):
        found = _Tally()
        right = [place != wrong for place in range(len(reply))]
        _count(SPOKEN, right, told, letters, words["\n"], found)
        values = {line.measure: line.value for line in found.lines(1, "replies", _Tally())}
        assert values == {"numbers": number, "letters": letter}


def first_logits(loaded, asked, pixels) -> torch.Tensor:
    """What the checkpoint says after a prompt, asked as the benchmark asks it."""
    with torch.no_grad():
        images = encode(loaded, pixels)
        return LetterReader(loaded).first_logits([asked], images)[0]


def test_questions_made_of_two_views_are_true(school):
    _, made = school
    maker, frames = QuestionMaker(), {frame.image: frame for frame in made.frames}
    for kin in kin_of(made.items, made.frames, made.families)[:4]:
        for mirrored in (False, True):
            for seed in range(12):
                item = maker.part(kin, np.random.default_rng(seed), Turn(mirrored))
                before, after = (frames[part.image].pose.yaw for part in item.prompt if isinstance(part, Image))
                turned = (after - before + 180) % 360 - 180  # to the left
                assert abs(turned) == pytest.approx(item.truth.magnitude)
                assert item.truth.direction == ("left" if (turned > 0) != mirrored else "right")
                text = "".join(getattr(part, "text", "") for part in item.prompt)
                assert f"turn {item.truth.direction} on the spot" in text and "Option" not in text


def test_lessons_say_what_is_true_of_the_options_shown(school):
    _, made = school
    teacher = Teacher()
    for item in made.items[:16]:
        for rotation in range(4):
            spoken, looked_up = (teacher.lesson(name, item, rotation) for name in ("spoken", "look_ups"))
            letter = read_letter(spoken.reply, "ABCD").letter
            lines = spoken.reply.splitlines()
            assert looked_up.reply == spoken.reply and [line[-1] for line in lines] == [*"ABCD", letter, letter]
            true = f"{item.truth.magnitude:.0f}°"
            text = "".join(part.text for part in without_images(item, rotation))
            if item.task == "num2space":
                assert text.rstrip().endswith(f"Amount: {true}") and f"Option {letter}:\n{true}" in text
            else:
                assert f"afterwards:\n{true}\n" in text and f"Option {letter}: {true}" in text
            assert f"{true}: {letter}" in lines[:4] and lines[4:] == [f"{true}: {letter}", f"Answer: {letter}"]
    numbers = teacher.lesson("numbers", next(item for item in made.items if item.task == "space2num"))
    assert "Option" not in "".join(getattr(part, "text", "") for part in numbers.question.parts)


def said_all(lines, measure: str) -> list:
    return [line for line in lines if line.measure == measure]


def said(lines, measure: str, of: str | None = None, task: str | None = None) -> list:
    return [line for line in lines if (line.measure, line.of, line.task) == (measure, of, task)]


def test_matching_and_depth_are_learnt_and_matching_holds_in_other_rooms(school, tmp_path):
    root, made = school
    stage = {"name": "m", "steps": 60, "transitions": {"families": 6}, "drills": 8, "learning_rate": 3e-3}
    lines = train(tmp_path, job(stage, test_every=30, jitter=0.1), root, made)
    first, last = said(lines, "loss", "matching")
    assert last.value < first.value < np.log(16)  # of picking one of 16 tokens by lot
    depths = said(lines, "loss", "depth")
    assert depths[1].value < 0.75 * depths[0].value
    matched = said(lines, "matched")[-1]
    assert matched.unseen < 0.6 and matched.value > matched.unseen + 0.2
    drills = said(lines, "loss", "drills")
    assert drills[0].value > 1.1 * drills[1].value  # their form; to look up takes longer


@pytest.mark.slow  # two minutes
def test_looking_a_number_up_is_learnt_and_holds_in_other_rooms(school, tmp_path):
    root, made = school
    stage = {"name": "d", "steps": 500, "transitions": {"families": 1}, "drills": 24, "learning_rate": 1.5e-3}
    lines = train(tmp_path, job(stage, model=SMALL | {"hidden": 96, "heads": 3}, test_every=500), root, made)
    right = [line.value for line in lines if (line.measure, line.of) == ("letters", "drills")]
    assert len(right) == 2 and min(right) > 40 and sum(right) / 2 > 65  # one of four by lot; one task may lag behind


def test_numbers_are_memorised_and_the_checkpoint_is_whole(school, tmp_path):
    root, made = school
    few = [item for item in made.items if item.task == "space2num"][:8]  # of two rooms, one held out
    stage = {"name": "n", "steps": 120, "transitions": {"families": 4, "numbers": 1}, "dense": 0, "learning_rate": 3e-3}
    lines = train(tmp_path, job(stage, test_every=40, jitter=0.1), root, replace(made, items=few))
    losses = said(lines, "loss", "replies")
    assert [line.step for line in losses] == [40, 80, 120]
    unseen = np.log(4) / 4  # nats a token of "30°" and its end, if the form is known and the number drawn by lot
    assert losses[-1].value < unseen / 2 and losses[0].value > unseen
    [right] = said(lines, "numbers", "rotations", "space2num")[-1:]
    assert right.unseen is not None and not said(lines, "numbers", "rotations", "num2space")
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == sorted(CHECKPOINT_FILES)
    config = ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(tmp_path / "model"))
    question = Teacher().lesson("numbers", few[0]).question
    [reply] = load(config, Context({}, root, 0)).reply([question], Decoding(name="greedy", max_new_tokens=8))
    assert reply.finished and reply.text.endswith("°")


def test_last_layers_learn_alone(school, tmp_path):
    root, made = school
    few = replace(made, items=made.items[:16])
    shown = {"families": 1, "spoken": 1}
    stage = {
        "name": "n",
        "steps": 1,
        "transitions": shown,
        "look_ups": 1,
        "drills": 1,
        "nearest": 1.0,
        "asked_again": 2,
        "learns": "last_layers",
    }
    lines = train(tmp_path, job(stage, tested=1), root, few)
    assert {line.of for line in said_all(lines, "loss")} == {
        f"{part}{name}" for part in ("", "choosing_") for name in ("replies", "look_ups", "drills")
    }
    before, after = (load_file(tmp_path / name / "model.safetensors") for name in ("run/newborn", "model"))
    changed = {name for name, tensor in after.items() if not tensor.equal(before[name].to(tensor.dtype))}
    assert changed and all("language_model.layers.4." in name or "language_model.norm" in name for name in changed)


def test_a_killed_run_goes_on_and_ends_the_same(school, tmp_path):
    root, made = school
    few = replace(made, items=made.items[:32])
    stages = [
        {"name": "a", "steps": 4, "transitions": {"families": 2, "numbers": 1}},
        {
            "name": "b",
            "steps": 16,
            "transitions": {"families": 1, "views": 1, "parts": 1, "letters": 1, "spoken": 1},
            "look_ups": 2,
            "drills": 2,
        },
    ]
    params = job(*stages, test_every=3, micro_batch=1, tested=1)
    whole = train(tmp_path / "whole", params, root, few)
    killed, often = tmp_path / "killed", Machine(every=5)
    run = multiprocessing.get_context("fork").Process(target=train, args=(killed, params, root, few, often))
    run.start()
    while not (killed / "run" / STATE).exists() and run.is_alive():
        time.sleep(0.01)
    run.kill()
    run.join()
    assert not (killed / "model").exists() and torch.load(killed / "run" / STATE)["step"] in range(5, 20, 5)
    assert train(killed, params, root, few, often) == whole
    assert len({sha256_of(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "killed")}) == 1
