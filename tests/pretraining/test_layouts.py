"""Layouts in training: maps told otherwise, what tokens show, and what is asked for."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from spacenum.geometry.poses import CameraPose
from spacenum.items.numbers import write_corners
from spacenum.items.schema import LayoutItem
from spacenum.pretraining.kin import QuestionMaker, Turn, kin_of
from spacenum.pretraining.settings import Newborn, Pretraining
from spacenum.variants.mirrored import mirrored_record
from tests.pretraining.layouts import SIDE, layouts

torch = pytest.importorskip("torch")
from spacenum.asking.settings import ModelConfig  # noqa: E402
from spacenum.pretraining.batches import Chunk, Classroom  # noqa: E402
from spacenum.pretraining.inner import Inner, choosing_loss  # noqa: E402
from spacenum.pretraining.newborn import write_newborn  # noqa: E402
from spacenum.pretraining.standing import Standing, _own_frame  # noqa: E402
from spacenum.pretraining.tokens import Seen  # noqa: E402
from spacenum.pretraining.train import spoken_texts  # noqa: E402
from spacenum.pretraining.views import Views  # noqa: E402
from spacenum.pretraining.writing import Charted, Writer  # noqa: E402
from spacenum.tuning.examples import IGNORED  # noqa: E402
from spacenum.tuning.lora import load_base  # noqa: E402

SMALL = {"hidden": 64, "heads": 4, "layers": 5, "tower_layers": 2, "image": SIDE, "patch": 4, "vocabulary": 900}
TURNS = [Turn(mirrored, swapped) for mirrored in (False, True) for swapped in (False, True)]


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    root = tmp_path_factory.mktemp("layouts")
    made = layouts(root, 9)
    assert kin_of(made.items, made.frames, made.families)
    return root, made


def half_turned(box: np.ndarray) -> np.ndarray:
    """A box [2, 3] of a room that is turned by half."""
    return np.sort(box * [-1, -1, 1], axis=0)


@pytest.mark.parametrize("turn", TURNS)
def test_a_map_told_otherwise_is_that_of_the_room_mirrored_or_turned_by_half(school, turn):
    """The map by its definition, in a room whose objects stand otherwise."""
    _, made = school
    checked = 0
    for kin in kin_of(made.items, made.frames, made.families):
        for item in kin.items:
            assert isinstance(item, LayoutItem)
            told = QuestionMaker().turned(kin, item, turn)
            anchors = told.truth.anchors
            assert (anchors.origin.name == item.truth.anchors.origin.name) != turn.swapped
            for option, frame in (
                (one, next((f for f in kin.frames if f.image == one.image), None)) for one in told.options
            ):
                if frame is None:
                    continue
                shown = mirrored_record(frame) if turn.mirrored else frame
                boxes = {one.category: np.array(one.box) for one in shown.instances}
                if turn.swapped:
                    boxes = {name: half_turned(box) for name, box in boxes.items()}
                zero = boxes[anchors.origin.name][0] * [1, 1, 0]
                for name, corners in (
                    (told.truth.target, option.value), (anchors.origin.name, anchors.origin.corners),
                    (anchors.direction.name, anchors.direction.corners),
                ):  # fmt: skip
                    expected = (boxes[name] - zero)[:, : int(item.group[0])] / item.truth.frame.unit_m
                    assert np.array(corners).reshape(expected.shape) == pytest.approx(expected, abs=1e-6)
                    checked += 1
    assert checked > 100


def test_attention_to_roles_is_that_of_the_past_and_to_the_target_of_the_latest_image():
    """With equal scores each of n tokens so far gets one n-th. Images of a single token: word, origin anchor, direction
    anchor, word, target, word."""
    slots, roles = torch.tensor([[-1, 0, 1, -1, 2, -1]]), torch.tensor([[IGNORED, 1, 2, IGNORED, 3, IGNORED]])
    asking = torch.tensor([[False, False, False, True, False, True]])
    empty = torch.zeros(1, 6)
    chunk = Chunk([], empty, empty, slots, empty, empty, empty, empty, empty, roles, *[empty] * 6)
    lost = Inner(8, 1, {0.5: 1})._asked_loss(torch.zeros(1, 3, 6, 6), chunk, asking)
    anchors, target = 2 * (np.log(4) + np.log(6)), np.log(6)  # no target before the first word that asks
    assert float(lost) == pytest.approx((anchors + target) / 3)


@pytest.fixture(scope="module")
def writer(school, tmp_path_factory):
    _, made = school
    folder = tmp_path_factory.mktemp("newborn") / "model"
    write_newborn(folder, Newborn(**SMALL), spoken_texts(made.items), seed=0)
    config = ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(folder), dtype="float32")
    return Writer(load_base(config), SIDE // 8)


def test_the_letter_is_that_of_the_option_nearest_to_what_was_said(school, writer):
    """Of numbers moved and misread: by the words themselves."""
    _, made = school
    maker, changed, rng = QuestionMaker(), 0, np.random.default_rng(0)
    tokenizer = writer._loaded.processor.tokenizer
    for kin in kin_of(made.items, made.frames, made.families):
        for item in kin.items:
            told = maker.moved(item, rng)
            assert all(str(value).replace("'", "") in prompt_of(told) for value in shown_values(told))
            plain = writer.written("spoken", told, kin, 1, Turn())
            found = writer.nearest(writer.misread(plain, rng))
            lines = tokenizer.decode(found.ids[-len(found.reply) :], skip_special_tokens=True).splitlines()
            numbers = [np.ravel(ast.literal_eval(line.rpartition(":")[0])) for line in lines[:-1]]
            away = [np.abs(np.subtract(one, numbers[-1])).sum() for one in numbers[:-1]]
            letter = lines[-1][-1]
            assert away["ABCD".index(letter)] == pytest.approx(min(away)) and lines[-2].endswith(f": {letter}")
            assert tokenizer.decode(found.reply, skip_special_tokens=True).endswith(f": {letter}\nAnswer: {letter}")
            assert (found.apart[0] * 0.4).numpy() == pytest.approx(away, abs=1e-4)
            read = found.seen & (found.ids[-len(found.reply) :] != found.reply)
            assert read.equal(found.ids[-len(found.reply) :] != found.reply) or letter != plain_letter(plain, tokenizer)
            changed += letter != plain_letter(plain, tokenizer)
    assert changed > 20


def test_a_drill_is_answered_by_the_nearest(school, writer):
    _, made = school
    tokenizer, changed = writer._loaded.processor.tokenizer, 0
    for item in made.items[::3]:
        plain = writer.drill(item, np.random.default_rng(1), misread=True)
        found = writer.nearest(plain)
        text = tokenizer.decode(found.ids, skip_special_tokens=True)
        lines = [line.rpartition(":") for line in text.splitlines() if line[-1:] in "ABCD" and ":" in line]
        numbers = [np.ravel(ast.literal_eval(line[0].removeprefix("user"))) for line in lines]
        count = len(item.options)
        for number, line in zip(numbers[count:], lines[count:], strict=True):
            away = [np.abs(np.subtract(one, number)).sum() for one in numbers[:count]]
            assert min(away) == pytest.approx(away["ABCD".index(line[2].strip())])
        changed += int((found.ids != plain.ids).sum())
        assert found.ids[-len(found.reply) :].equal(found.reply)
    assert changed


@pytest.mark.parametrize("lesson", ["spoken", "look_ups"])
def test_more_choices_behind_a_reply_are_among_its_options(school, writer, lesson):
    """Up to its end it is as before; of what follows only letters are learnt, those of the nearest options."""
    _, made = school
    tokenizer = writer._loaded.processor.tokenizer
    [kin, *_] = kin_of(made.items, made.frames, made.families)
    for item in kin.items:
        plain = writer.written(lesson, item, kin, 1, Turn())
        found = writer.nearest(writer.again(plain, 5, np.random.default_rng(2)))
        length = len(plain.ids)
        assert found.ids[:length].equal(plain.ids) and found.positions[:, :length].equal(plain.positions)
        assert found.positions[:, length:].equal(plain.positions[:, -1:] + torch.arange(1, len(found.ids) - length + 1))
        start = len(found.ids) - len(found.reply)
        assert start == length - len(plain.reply)
        learnt = found.reply[len(plain.reply) :]
        assert (learnt != IGNORED).nonzero()[:, 0].equal(found.asking[1:] - length)
        reply = tokenizer.decode(plain.reply, skip_special_tokens=True).splitlines()[: len(item.options)]
        options = [np.ravel(ast.literal_eval(line.rpartition(":")[0])) for line in reply]
        lines = tokenizer.decode(found.ids[length:]).strip().splitlines()
        assert len(lines) == 5
        for line in lines:
            number, _, letter = line.rpartition(": ")
            away = [np.abs(np.subtract(one, np.ravel(ast.literal_eval(number)))).sum() for one in options]
            assert away[[line[-1] for line in reply].index(letter)] == pytest.approx(min(away))


def test_a_number_of_two_words_is_read_as_it_stands(writer):
    """11.2 is "1" and "1.2"; misread, it would become two numbers."""
    one, rest, alone = (writer._vocabulary[text] for text in ("1", "1.2", "0.4"))
    comma = writer._vocabulary[","]
    rng = np.random.default_rng(0)
    read = [writer._read([one, rest, comma, alone], 1.0, 0.1, rng) for _ in range(20)]
    assert all(words[:3] == [one, rest, comma] for words in read) and {words[3] for words in read} != {alone}


def prompt_of(item: LayoutItem) -> str:
    return "".join(getattr(part, "text", "") for part in item.prompt)


def shown_values(item: LayoutItem) -> list[str]:
    """The numbers that a prompt shows, of the options or of the map."""
    values = [item.truth.corners] if item.task == "num2space" else [option.value for option in item.options]
    return [write_corners(value) for value in values]


def plain_letter(written, tokenizer) -> str:
    return tokenizer.decode(written.reply, skip_special_tokens=True)[-1]


def test_attention_to_the_nearest():
    """Two options, the second farther off by a factor of three in odds; attention to all of four tokens alike."""
    apart, empty = torch.tensor([[[0.0, np.log(3)]]]), torch.zeros(1, 5)
    chunk = Chunk([], *[empty] * 11, torch.tensor([[0, 1]]), torch.tensor([[4]]), apart, empty)
    assert float(choosing_loss(torch.zeros(1, 5, 5), chunk)) == pytest.approx(np.log(4))
    scores = torch.zeros(1, 5, 5)
    scores[0, 3, 0] = np.log(3)
    assert float(choosing_loss(scores, chunk)) == pytest.approx(np.log(6) - 0.75 * np.log(3))


def test_a_number_that_is_about_right():
    """Odds of a normal distribution; numbers are told by their words."""
    inner = Inner(8, 1, {0.2: 7, 0.5: 3, 0.8: 5})
    assert inner.value_of(torch.tensor([5, 7])).tolist() == pytest.approx([0.8, 0.2])
    [share] = inner.blurred(torch.tensor([0.5]))
    assert share[0] == pytest.approx(float(share[2])) and float(share[1] / share[0]) == pytest.approx(np.exp(0.5))


def test_the_cameras_own_frame():
    """Looking down by 45 degrees from 3 m, the ground's middle is 3 m ahead."""
    for yaw, ahead, right in (
        (0, (1, 0), (0, -1)),
        (-30, (1, 0), (0, -1)),
        (80, (0, 1), (1, 0)),
        (170, (-1, 0), (0, 1)),
    ):
        pose = CameraPose(position=(1.0, 2.0, 3.0), yaw=yaw, horizon=45)
        middle = np.array([1, 2]) + 3 * np.array([np.cos(np.radians(yaw)), np.sin(np.radians(yaw))])
        lower, upper = np.array([-0.2, 0.3, 0.0]), np.array([0.6, 0.4, 0.9])
        frame = type("Frame", (), {"measured_pose": pose})
        [seen] = _own_frame(frame, np.concatenate([lower, lower, upper])[None])
        ways = np.array([[(corner[:2] - middle) @ axis for axis in (right, ahead)] for corner in (lower, upper)])
        assert seen[:3] == pytest.approx([*ways[0], 0.0])
        assert seen[3:] == pytest.approx([*ways.min(0), 0.0, *ways.max(0), 0.9])


@pytest.mark.parametrize("turn", TURNS)
def test_where_the_maps_x_axis_points(school, turn):
    """From the first anchor to the second in the camera's own frame, as the image shows it."""
    _, made = school
    ways = {(0, 1): 0, (-1, 0): 1, (0, -1): 2, (1, 0): 3}  # right, away
    for kin in kin_of(made.items, made.frames, made.families):
        chart = Charted.of(QuestionMaker().turned(kin, kin.items[0], turn), kin, turn)
        frame = mirrored_record(kin.frames[0]) if turn.mirrored else kin.frames[0]
        boxes = {one.category: np.ravel(one.box) for one in frame.instances}
        seen = [
            _own_frame(frame, np.concatenate([boxes[name][:3], boxes[name]])[None])[0, 3:] for name in chart.roles[:2]
        ]
        first, second = ((box[:2] + box[3:5]) / 2 for box in seen)
        way = (second - first) / np.abs(second - first).max()
        assert chart.ahead(kin.frames[0]) == ways[tuple(int(part) for part in way.round())]


def test_tokens_show_their_objects_and_words_behind_an_image_tell_where_the_target_is(school, tmp_path):
    root, made = school
    write_newborn(tmp_path / "model", Newborn(**SMALL), spoken_texts(made.items), seed=0)
    loaded = load_base(
        ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(tmp_path / "model"), dtype="float32")
    )
    stage = {"name": "n", "steps": 1, "layouts": {"families": 4, "parts": 2, "numbers": 3}}
    settings = Pretraining.model_validate({"recipe": "r", "model": SMALL, "stages": [stage]})
    kin = kin_of(made.items, made.frames, made.families)
    frames, side = made.frames, settings.model.side
    views = Views.read(frames, root, SIDE)
    standing = Standing.of(kin, frames, root, side)
    seen = Seen.of(frames, root, side)
    assert torch.equal(seen.is_object(seen.names), standing.boxes[..., 0].isfinite())
    room = Classroom(kin, {}, seen, standing, loaded, views, settings)
    batch = room.batch(settings.stages[0], [*range(8)], [], [], np.random.default_rng(0), 0.0, vary=True)
    tokenizer, told, looked = loaded.processor.tokenizer, 0, 0
    for chunk in batch.chunks:
        for row, written in enumerate(chunk.prompts):
            last = len(written.ids) - len(written.reply) - 1
            reply = tokenizer.decode(written.reply, skip_special_tokens=True)
            if written.task == "space2num":
                said = np.array(ast.literal_eval(reply), float).reshape(2, -1)
                corners = chunk.corners[row, last].reshape(2, 3)[:, : said.shape[1]]
                assert corners.numpy() == pytest.approx(said, abs=0.051)
                told += 1
            visual = (chunk.slots[row] >= 0) & chunk.corners[row, :, 0].isfinite()
            looked += int(visual.sum())
    assert told > 8 and looked > 8
    points, boxes = standing.sights[..., :3], standing.sights[..., 3:]
    on_objects = boxes[..., 0].isfinite()
    assert on_objects.any() and (points >= boxes[..., :3] - 0.02)[on_objects].all()
    assert (points <= boxes[..., 3:] + 0.02)[on_objects].all()
