"""Shortcuts score what their rules are worth, and no item in which they have nothing to go by."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from spacenum.asking.base import Answer, Context
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.frames.plan import MAGNITUDES
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.observe import mirrored_corners
from spacenum.geometry.poses import DIRECTIONS, Group
from spacenum.items.schema import (
    LETTERS,
    Image,
    Item,
    LayoutItem,
    Task,
    Text,
    TransitionItem,
    TransitionOption,
    TransitionQuality,
    TransitionTruth,
)
from spacenum.models.baselines import ideal_observer, image_plane, mirror_reader, order_only, thumbnail_order
from spacenum.models.baselines import wrong_camera as wrong
from spacenum.models.baselines.image_plane import plane_shape
from tests.items.conftest import Built, built, in_study

__all__ = ["built", "in_study"]
CONFIG = ModelConfig(kind="shortcut", backend="any")
CAMERA = Intrinsics.from_vertical_fov(320, 320, 90)
QUALITY = TransitionQuality(overlap=0.5, shared_anchors=3, pose_error=0, option_difference=0.1)


def sets_of(group: Group, task: Task) -> list[TransitionItem]:
    """An item for every magnitude of every set of four of a group's magnitudes."""
    unit, items = "m" if group.startswith("move") else "deg", []
    for chosen in combinations(MAGNITUDES[group], 4):
        options = [TransitionOption(letter=a, value=n, unit=unit) for a, n in zip(LETTERS, chosen, strict=True)]  # type: ignore[arg-type]
        for option in options:
            items.append(
                TransitionItem(
                    id=f"{task}.{chosen}.{option.letter}", split="benchmark", variant="base", task=task, family="f",
                    cell=f"transition.{task}.{group}", scene="s", simulator="fake", group=group, options=options,
                    prompt=[Text(text="?"), Image(image="before.png")], answer=option.letter, quality=QUALITY,
                    truth=TransitionTruth(direction=DIRECTIONS[group][0], magnitude=option.value, unit=unit),  # type: ignore[arg-type]
                )
            )  # fmt: skip
    return items


def right(answers: list[Answer], items: list[Item]) -> float:
    """Percent of items whose letter is right."""
    return 100 * float(np.mean([a.letter == i.answer for a, i in zip(answers, items, strict=True)]))


class Frames(dict):
    """Every image has the same camera."""

    def __missing__(self, image):
        return type("Frame", (), {"camera": CAMERA})


def context(**kept) -> Context:
    return Context(**{"frames": Frames(), "root": Path(), "seed": 0} | kept)


@pytest.mark.parametrize(
    ("group", "percent"),
    [
        ("move_forward_backward", 61.8),
        ("move_left_right", 73.3),
        ("rotate_up_down", 66.4),
        ("rotate_left_right", 66.4),
    ],
)
def test_order_alone_is_worth_as_much_as_can_be_counted(group, percent):
    items = sets_of(group, "num2space")
    answers = [*order_only.load(CONFIG, context()).answer(items)]
    assert right(answers, items) == pytest.approx(percent, abs=0.05)
    other = [*order_only.load(CONFIG, context()).answer(sets_of(group, "space2num"))]
    assert {answer.outcome for answer in other} == {"missing"}


def test_no_other_rule_by_rank_and_number_alone_is_worth_more():
    """Counted: for each number, how often each rank is right."""
    for group, magnitudes in MAGNITUDES.items():
        drawn = [*combinations(magnitudes, 4)]
        for place, number in enumerate(magnitudes):
            counts = [sum(chosen[rank] == number for chosen in drawn) for rank in range(4)]
            assert counts[order_only.likeliest_rank(place, len(magnitudes), 4)] == max(counts), group


def test_thumbnails_are_put_in_the_order_of_their_differences(tmp_path):
    items = [item for item in sets_of("rotate_left_right", "num2space")[:40] if item.options[0].value == 10]
    shades = {10.0: 90, 20.0: 130, 30.0: 60, 40.0: 150, 50.0: 160, 60.0: 170, 70.0: 180}
    for name, shade in {"before": 100, **shades}.items():
        Pillow.new("RGB", (64, 64), (shade,) * 3).save(tmp_path / f"{name}.png")
    by_difference = sorted(shades, key=lambda value: abs(shades[value] - 100))  # 10, 20, 30, …: 30 is 40 away, 20 is 30
    assert by_difference[:3] == [10.0, 20.0, 30.0]
    shown = []
    for item in items:
        options = [option.model_copy(update={"image": f"{option.value}.png"}) for option in item.options]
        images = [Image(image="before.png"), *(Image(image=str(option.image)) for option in options)]
        shown.append(item.model_copy(update={"options": options, "prompt": [Text(text="?"), *images]}))
    seen = [*thumbnail_order.load(CONFIG, context(root=tmp_path)).answer(shown)]
    known = [*order_only.load(CONFIG, context()).answer(shown)]
    assert [answer.letter for answer in seen] == [answer.letter for answer in known]
    Pillow.new("RGB", (64, 64), (101,) * 3).save(tmp_path / "70.0.png")  # the largest now differs least
    moved = [*thumbnail_order.load(CONFIG, context(root=tmp_path)).answer(shown)]
    assert [answer.letter for answer in moved] != [answer.letter for answer in known]


def wrong_answers(task: Task, group: Group, fov: float) -> float:
    items = sets_of(group, task)
    model = wrong.load(CONFIG.model_copy(update={"options": {"vertical_fov": fov}}), context())
    return right([*model.answer(items)], items)


def test_a_camera_taken_for_another_measures_short():
    """Counted over all sets of four: a rotation is right but for one set only where it is the smallest."""
    assert wrong_answers("space2num", "move_left_right", 60) == 25
    for group in ("rotate_up_down", "rotate_left_right"):
        assert wrong_answers("space2num", group, 60) == pytest.approx(100 * (35 + 1) / 140)
        assert wrong_answers("num2space", group, 60) == pytest.approx(100 * 50 / 140)
        assert wrong_answers("space2num", group, 90) == wrong_answers("num2space", group, 90) == 100


def test_forward_moves_need_no_focal_length():
    items = sets_of("move_forward_backward", "space2num")[:4]
    model = wrong.load(CONFIG.model_copy(update={"options": {"vertical_fov": 60}}), context())
    assert {answer.outcome for answer in model.answer(items)} == {"missing"}


@pytest.mark.parametrize("options", [{}, {"vertical_fov": 180}, {"fov": 60}])
def test_options_of_a_wrong_camera_are_checked(options):
    with pytest.raises(SpaceNumError, match=r"^model file, key 'options'"):
        wrong.check(CONFIG.model_copy(update={"options": options}))


def test_a_plane_of_any_scale_turn_or_side_is_the_same():
    middles = np.array([[0.5, 0.5, 0.2], [3.5, 0.5, 0.3], [2.0, 2.5, 0.1]])
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    here = plane_shape(middles, [1.0, 1.5, 0.7])
    for flip in ([1, 1], [1, -1]):
        there = plane_shape(40 * (middles[:, :2] * flip) @ turn + 100, [40.0, 10.0, 28.0])
        assert here.misfit(there) == pytest.approx(0)
    nearer = plane_shape(np.array([*middles[:2], [2.0, 1.5, 0.1]]), [1.0, 1.5, 0.7])
    larger = plane_shape(middles, [1.0, 1.5, 1.4])
    assert here.misfit(nearer) == pytest.approx(1 / 3) and here.misfit(larger) == pytest.approx(np.log(2))
    with pytest.raises(ValueError, match="cover"):
        plane_shape(np.zeros((3, 2)), [1.0, 1.0, 1.0])


def test_layout_shortcuts_in_a_build(in_study: Built):
    """They see the masks of the build: better than guessing in the middle of all cells, and not as good as ideal."""
    items = in_study.items("layout")
    told = context(frames=in_study.by_image)
    scored = {}
    for backend in (ideal_observer, image_plane, mirror_reader):
        answers = [*backend.load(CONFIG, told).answer(items)]
        kept = [(a, i) for a, i in zip(answers, items, strict=True) if a.outcome != "missing"]
        scored[backend] = right(*map(list, zip(*kept, strict=True)))
        assert {i.group for _, i in kept} == ({"2d", "3d"} if backend is mirror_reader else {"1d", "2d", "3d"})
    assert scored[ideal_observer] == 100
    assert 33.3 < scored[image_plane] < 100 and scored[mirror_reader] < 100
    transition = in_study.items("transition")
    for backend in (image_plane, mirror_reader):
        assert {a.outcome for a in backend.load(CONFIG, told).answer(transition)} == {"missing"}


def test_to_mirror_twice_is_to_read_aright(in_study: Built):
    for item in in_study.items("layout"):
        assert isinstance(item, LayoutItem)
        if item.group != "1d":
            truth, origin = np.array(item.truth.corners), np.array(item.truth.anchors.origin.corners)
            assert np.allclose(mirrored_corners(origin, origin), origin)
            twice = mirrored_corners(mirrored_corners(truth, origin), origin)
            assert np.allclose(twice, truth) and (np.ptp(mirrored_corners(truth, origin), axis=0) >= 0).all()
