"""Items: keys, options, prompts and numbers, from captured families and from many invented ones."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacenum.core.errors import SpaceNumError
from spacenum.frames.records import FrameRecord, SweepEnd, TransitionFamily
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import DIRECTIONS, CameraPose
from spacenum.items.families import OptionOrders, cut, distinct, scene_key, without_repeats
from spacenum.items.numbers import rounded, write_corners, write_magnitude
from spacenum.items.prompts import Prompts
from spacenum.items.schema import CELLS, ITEM, Image, Item, Text
from spacenum.items.settings import ScaleItems, SplitItems, TransitionItems
from spacenum.items.transition import WORDS, transition_items

POSE = CameraPose(position=(0, 0, 0), yaw=0, horizon=0)
CAMERA = Intrinsics.from_vertical_fov(8, 8, 90)


def frame(name: str) -> FrameRecord:
    return FrameRecord(
        id=name, scene="s", simulator="none", image=f"{name}.png", depth="", ids="", sha256=("", "", ""), camera=CAMERA,
        pose=POSE, measured_pose=POSE, instances=(),
    )  # fmt: skip


def invented(number: int, group="rotate_left_right", direction="left", magnitudes=(10.0, 20.0, 30.0, 40.0)):
    """A family without pictures, and its frames."""
    ends = tuple(
        SweepEnd(magnitude=m, frame=f"{number}.{m:g}", overlap=1, shared_anchors=1, pose_error=0) for m in magnitudes
    )
    family = TransitionFamily(
        id=f"scene-{number}.{group}", scene=f"scene-{number}", group=group, direction=direction,
        start=f"{number}.start", ends=ends, option_difference=1,
    )  # fmt: skip
    return family, {name: frame(name) for name in (family.start, *(end.frame for end in ends))}


def families_of(items: list[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        found[item.family].append(item)
    return found


def texts(item: Item) -> list[str]:
    return [part.text for part in item.prompt if isinstance(part, Text)]


def images(item: Item) -> list[str]:
    return [part.image for part in item.prompt if isinstance(part, Image)]


@pytest.fixture(scope="module", params=["transition", "layout"])
def items(request, built) -> list[Item]:
    return built.items(request.param)


def test_every_item_is_on_its_cell_with_sequential_ids(items):
    cells = [item.cell for item in items]
    assert cells == sorted(cells, key=CELLS.index)
    for cell, count in Counter(cells).items():
        assert [item.id for item in items if item.cell == cell] == [f"{cell}.{k:06d}" for k in range(count)]
    assert set(cells) == {c for c in CELLS if c.startswith(items[0].setting) and not c.endswith("desk")}
    assert [ITEM.validate_json(item.model_dump_json()) for item in items] == items


def test_each_family_asks_for_each_option_once(items):
    for family in families_of(items).values():
        letters = [option.letter for option in family[0].options]
        assert sorted(item.answer for item in family) == letters
        assert letters == list("ABCD" if len(letters) == 4 else "AB")
        assert all(option.value == other.value for item in family for option, other in
                   zip(item.options, family[0].options, strict=True))  # fmt: skip
        for item in family:
            right = next(option for option in item.options if option.letter == item.answer)
            assert right.value == getattr(item.truth, "corners", None) or right.value == item.truth.magnitude


def test_prompts_of_num2space_share_all_but_their_last_words(items):
    for family in families_of([item for item in items if item.task == "num2space"]).values():
        assert len({tuple(images(item)) for item in family}) == 1
        assert len({tuple(texts(item)[:-1]) for item in family}) == 1
        lasts = [texts(item)[-1] for item in family]
        assert len(set(lasts)) == len(family)
        assert all(isinstance(item.prompt[-1], Text) for item in family)
        for item, other in pairwise(family):
            assert item.prompt[:-1] == other.prompt[:-1]
        kept = [last.splitlines()[:-1] if item.setting == "layout" else last.split("Amount: ")[:-1]
                for item, last in zip(family, lasts, strict=True)]  # fmt: skip
        assert all(same == kept[0] != [] for same in kept)
        shown = images(family[0])[-len(family) :]
        assert shown == [option.image for option in family[0].options]


def test_prompts_of_space2num_differ_in_the_image_only(items):
    for family in families_of([item for item in items if item.task == "space2num"]).values():
        assert len({tuple(texts(item)) for item in family}) == 1
        assert len({images(item)[-1] for item in family}) == len(family)
        assert len({tuple(images(item)[:-1]) for item in family}) == 1
        assert all(option.image is None for item in family for option in item.options)


def test_prompts_show_every_option_and_no_unrounded_number(items):
    for item in items:
        shown = "\n".join(texts(item))
        assert not re.search(r"\d\.\d\d|\d[eE][-+]?\d|-0\.0\b|nan|\{\{|\[\[", shown), shown
        for option in item.options:
            assert f"Option {option.letter}:" in shown
            if item.task == "space2num":
                number = (
                    write_corners(option.value)
                    if item.setting == "layout"
                    else write_magnitude(option.value, option.unit)
                )
                assert re.search(rf"Option {option.letter}: .*{re.escape(number)}$", shown, re.MULTILINE)


def test_layout_options_tell_position_from_size(built):
    for item in built.items("layout"):
        d, scene = int(item.group[0]), built.scenes[item.scene]
        boxes = {}
        for placed in scene.placements:
            box = ((placed.box - scene.frame.origin) / scene.frame.unit_m)[:, :d].round(1)
            boxes[str(rounded(box.tolist()))] = box
        truth = boxes[str(item.truth.corners)]
        for option in item.options:
            box = boxes[str(option.value)]
            assert option.size_ok == np.allclose(np.ptp(box, axis=0), np.ptp(truth, axis=0))
            middle = [np.append(b.mean(axis=0)[:2], b[0, 2:]) for b in (box, truth)]
            assert option.position_ok == np.allclose(*middle)
        wrong = [(o.position_ok, o.size_ok) for o in item.options if o.letter != item.answer]
        if scene.variation == "both" and d > 1:
            assert sorted(wrong) == [(False, False), (False, True), (True, False)]
        elif d == 1:
            assert wrong == ([(False, True)] if item.truth.variation == "position" else [(True, False)])
        else:
            assert set(wrong) == {(False, True) if scene.variation == "position" else (True, False)}


def test_one_layout_is_described_in_one_two_and_three_dimensions(built):
    layouts = [family for family in built.families if family.setting == "layout"]
    places = {built.frames[name].image: k for family in layouts for k, name in enumerate(family.frames)}
    at: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in built.items("layout"):
        d, scene = int(item.group[0]), built.scenes[item.scene]
        first = np.array(item.truth.anchors.origin.corners, float).reshape(2, -1)
        assert first.shape == (2, d) and np.all(first[0] == 0) and np.all(first[1] > 0)
        (image,) = (
            images(item) if item.task == "space2num" else [o.image for o in item.options if o.letter == item.answer]
        )
        number = places[image]
        box = (scene.placements[number].box - scene.frame.origin) / scene.frame.unit_m
        np.testing.assert_allclose(np.array(item.truth.corners, float).reshape(2, -1), box[:, :d], atol=1e-6)
        at[item.scene, item.group].add(image)
    for (scene, group), shown in at.items():
        assert len(shown) == (3 if group == "1d" and built.scenes[scene].variation == "both" else 4)


def test_a_magnitude_is_that_between_the_two_images(built):
    by_image = built.by_image
    for item in built.items("transition"):
        if item.task == "space2num":
            end = images(item)[1]
        else:
            end = next(o.image for o in item.options if o.letter == item.answer)
        before, after = by_image[images(item)[0]].pose, by_image[end].pose
        away = np.linalg.norm(np.subtract(after.position, before.position))
        turned = abs((after.yaw - before.yaw + 180) % 360 - 180) + abs(after.horizon - before.horizon)
        assert item.truth.magnitude == pytest.approx(away + turned)


def test_names_of_images_tell_nothing(items):
    for item in items:
        assert all(re.fullmatch(rf".*/{item.scene}\.[0-9a-f]{{8}}\.png", image) for image in images(item))


# ---- many families


def test_no_letter_goes_with_a_magnitude():
    prompts, orders, count = Prompts(), OptionOrders(7), np.zeros((2, 4, 4))
    for number in range(40):
        family, frames = invented(number)
        for t, items in enumerate(transition_items(family, frames, "benchmark", orders, prompts).values()):
            for rank, item in enumerate(items):
                count[t, rank, "ABCD".index(item.answer)] += 1
    assert (count == 10).all()


@given(seed=st.integers(0, 2**31 - 1), cell=st.text(), count=st.integers(2, 4), blocks=st.integers(1, 3))
def test_each_option_stands_equally_often_at_each_letter_over_blocks_of_families(seed, cell, count, blocks):
    orders, again = OptionOrders(seed), OptionOrders(seed)
    table = [orders.next(cell, count) for _ in range(blocks * count)]
    assert table == [again.next(cell, count) for _ in range(blocks * count)]
    for letter in range(count):
        assert sorted(order[letter] for order in table) == sorted(list(range(count)) * blocks)


@pytest.mark.parametrize(("group", "direction"), [(g, d) for g, both in DIRECTIONS.items() for d in both])
def test_words_and_units_fit_the_action(group, direction):
    moves = group.startswith("move")
    magnitudes = (0.2, 0.4, 0.6000000000000001, 1.2) if moves else (10.0, 20.0, 40.0, 70.0)
    written = ("0.2 m", "0.4 m", "0.6 m", "1.2 m") if moves else ("10°", "20°", "40°", "70°")
    family, frames = invented(0, group, direction, magnitudes)
    asked = [
        texts(item)[-1]
        for item in transition_items(family, frames, "benchmark", OptionOrders(0), Prompts())["num2space"]
    ]
    assert direction in WORDS[group, direction][0]
    assert all(last.endswith(f"Amount: {n}") for last, n in zip(asked, written, strict=True))


def test_two_sweeps_in_one_direction_from_one_start_are_two_families():
    (one, frames), (other, more) = (invented(0, magnitudes=some) for some in ((10, 20, 30, 40), (10, 20, 50, 70)))
    assert one.id == other.id
    first, second = distinct([one, other])
    assert first == one and second == other.model_copy(update={"id": f"{one.id}.2"})
    asked = [
        transition_items(f, frames | more, "train", OptionOrders(0), Prompts())["num2space"][0] for f in (first, second)
    ]
    assert asked[0].family != asked[1].family and asked[0].scene == asked[1].scene


def test_a_sweep_that_another_family_asks_too_is_left_out():
    (one, _), (other, _) = (invented(0, magnitudes=some) for some in ((10, 20, 30, 40), (10, 20, 50, 70)))
    again = one.model_copy(update={"id": "again"})
    assert without_repeats([one, other, again]) == [one, other]


def test_cut_takes_whole_families_but_the_last_and_names_a_cell_it_cannot_fill():
    families = []
    for number in range(3):
        family, frames = invented(number)
        families.append(transition_items(family, frames, "train", OptionOrders(0), Prompts())["space2num"])
    taken = cut("cell.x", families, 10, "do something")
    assert [item.id for item in taken] == [f"cell.x.{k:06d}" for k in range(10)]
    assert [item.family for item in taken] == [item.family for family in families for item in family][:10]
    with pytest.raises(SpaceNumError, match=r"cell cell\.x: 12 items could be made, 13 are asked for; do something"):
        cut("cell.x", families, 13, "do something")


def test_a_cell_that_cannot_be_filled_is_named_with_the_remedy(built):
    many = SplitItems(transition=TransitionItems(rotate_up_down=8))
    with pytest.raises(
        SpaceNumError, match=r"cell transition\.num2space\.rotate_up_down: 4 items .*'scenes\.transition"
    ):
        built.items("transition", many)
    with pytest.raises(SpaceNumError, match=r"cell layout\.num2space\.2d\.desk"):
        built.items("layout", SplitItems(layout_2d=ScaleItems(desk=4)))


def test_smaller_cells_are_balanced_over_kinds():
    names = [f"benchmark-{kind}-{k:03d}" for kind in ("kitchen", "bedroom") for k in (2, 10, 0)]
    assert [name[-3:] for name in sorted(names, key=scene_key)] == ["000", "000", "002", "002", "010", "010"]


def test_more_families_change_no_item_that_was_there(built):
    fewer = SplitItems(layout_3d=ScaleItems(room=8))
    found = [item for item in built.items("layout") if "3d" in item.cell]
    assert [i for i in built.items("layout", fewer) if "num" in i.cell] == [
        item for item in found if int(item.id[-6:]) < 8
    ]


# ---- numbers


@given(st.floats(-30, 30), st.sampled_from([1, 2, 3]))
def test_corners_are_written_with_one_decimal_and_read_back(value, d):
    corners = rounded([[value] * d, [value + 1] * d])
    written = write_corners(corners)
    numbers = re.findall(r"-?\d+\.\d+", written)
    assert len(numbers) == 2 * d and all(re.fullmatch(r"-?\d+\.\d", n) and n != "-0.0" for n in numbers)
    assert [float(n) for n in numbers] == np.array(corners).ravel().tolist()


def test_numbers_are_written_as_in_the_paper():
    assert write_corners([[0, 0], [1.2, 1.8]]) == "[(0.0, 0.0), (1.2, 1.8)]"
    assert write_corners([-0.04, 1.25000001]) == "[0.0, 1.3]"
    assert [write_magnitude(0.6000000000000001, "m"), write_magnitude(70.0, "deg")] == ["0.6 m", "70°"]
    assert str(rounded([[-0.01], [0.31]])) == "[0.0, 0.3]"
