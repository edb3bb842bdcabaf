"""Variants change what they say, and nothing else."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from spacenum.asking.base import Context
from spacenum.asking.settings import ModelConfig
from spacenum.core.provenance import sha256_of
from spacenum.frames.records import FrameRecord, LayoutFamily
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import FrameWriter, read_image
from spacenum.geometry.camera import Intrinsics
from spacenum.items.checks import Checks
from spacenum.items.schema import ITEM, Anchors, Image, Item, LayoutItem, MapEntry, Setting, Text, TransitionItem
from spacenum.models.baselines import ideal_observer, mirror_reader
from spacenum.variants.base import Variant
from spacenum.variants.build import (
    Pictures,
    base_images,
    chosen,
    draw_pictures,
    rendered_pictures,
    some_families,
    variant_items,
)
from spacenum.variants.calibrated import calibration
from spacenum.variants.catalogue import names, variant
from spacenum.variants.drawing import EDGES, projected
from spacenum.variants.frame_distractors import as_array, distractors, readings
from spacenum.variants.rerender import rerender
from tests.frames.boxes import BoxesSimulator
from tests.items.conftest import Built
from tests.scoring.fakes import family

CASES = [(name, setting) for name in names() for setting in variant(name).settings]
DRAWN = ("abstract_points", "abstract_boxes2d", "abstract_boxes3d")


def made(name: str, setting: Setting, built: Built, folder: Path) -> tuple[list[Item], list[Item], Pictures]:
    """Base items, the variant's, and its pictures."""
    kind = variant(name)
    pairs = chosen(kind, built.items(setting), built.by_image)
    images = base_images([base for base, _ in pairs])
    folder.mkdir(parents=True, exist_ok=True)
    if kind.scene:
        writer = FrameWriter(folder, folder, "boxes")
        families = [family for family in built.families if isinstance(family, LayoutFamily)]
        simulator = BoxesSimulator(Intrinsics.from_vertical_fov(64, 64, 45))
        rerender(kind, families, built.scenes, built.frames, simulator, writer)
        pictures = rendered_pictures(images, built.by_image, {frame.id: frame for frame in writer.frames})
    else:
        pictures = draw_pictures(kind, images, built.by_image, folder, folder)
    return [base for base, _ in pairs], variant_items(name, kind, pairs, pictures), pictures


@pytest.fixture(params=CASES, ids=lambda case: "-".join(case))
def case(
    request: pytest.FixtureRequest, in_study: Built, tmp_path: Path
) -> tuple[str, list[Item], list[Item], Pictures]:
    name, setting = request.param
    return name, *made(name, setting, in_study, tmp_path / "images")


def test_a_variant_passes_the_checks_that_it_does_not_skip(case):
    name, _, items, pictures = case
    frames = {frame.image: frame for frame in pictures.frames}
    Checks(frames, ControlsConfig(), "report", dict(variant(name).skips), variant(name).notation).check(items)
    assert items and all(ITEM.validate_json(item.model_dump_json()) == item for item in items)


def test_a_variant_keeps_what_pairs_it_with_its_base(case):
    name, base, items, _ = case
    assert items
    for one, other in zip(base, items, strict=True):
        assert other.variant == name
        same = ("id", "family", "answer") if variant(name).pairs_with_base else ()
        for field in (*same, "cell", "task", "scene", "group", "quality"):
            assert getattr(one, field) == getattr(other, field)


def test_every_picture_is_written_as_its_record_says(case):
    for frame in case[3].frames:
        assert sha256_of(Path(frame.image)) == frame.sha256[0]


@pytest.mark.parametrize("setting", ["transition", "layout"])
def test_blind_is_black_and_changes_nothing_else(setting: Setting, in_study: Built, tmp_path: Path):
    base, items, pictures = made("blind", setting, in_study, tmp_path / "images")
    assert items and pictures.by_base
    for path, frame in pictures.by_base.items():
        pixels = read_image(Path(frame.image))
        assert pixels.shape == read_image(Path(path)).shape and not pixels.any()
    for one, other in zip(base, items, strict=True):
        line = other.model_dump_json().replace('"variant":"blind"', '"variant":"base"')
        for path, frame in pictures.by_base.items():
            line = line.replace(frame.image, path)
        assert line == one.model_dump_json()


def test_symmetric_angles_add_up_to_a_full_turn_on_the_same_images(in_study: Built, tmp_path: Path):
    base, items, _ = made("symmetry", "transition", in_study, tmp_path / "images")
    assert {item.task for item in items} == {"num2space", "space2num"}
    for one, other in zip(base, items, strict=True):
        assert isinstance(one, TransitionItem) and isinstance(other, TransitionItem)
        assert one.group == "rotate_left_right" and {one.truth.direction, other.truth.direction} == {"left", "right"}
        assert one.truth.magnitude + other.truth.magnitude == 360
        assert [a.value + b.value for a, b in zip(one.options, other.options, strict=True)] == [360] * 4
        assert base_images([one]) == base_images([other])
        assert f"turn {other.truth.direction} on the spot" in words(other)


def test_time_runs_backwards_for_numbers_alone(in_study: Built, tmp_path: Path):
    base, items, _ = made("time_reversed", "transition", in_study, tmp_path / "images")
    assert {item.task for item in items} == {"space2num"}
    for one, other in zip(base, items, strict=True):
        assert base_images([one]) == base_images([other])[::-1]


@pytest.mark.parametrize(
    ("name", "setting", "said", "gone"),
    [
        ("numbers_words", "transition", ("zero point four metres", "twenty degrees"), (" m\n", "°")),
        ("numbers_words", "layout", ("zero point zero", "one point"), ("0.0",)),
        ("numbers_integer", "transition", ("40 cm", "20°"), (" m\n", "0.4")),
        ("numbers_integer", "layout", ("(0, 0)", "begins at 0."), ("0.0",)),
    ],
)
def test_numbers_are_written_otherwise_everywhere(name, setting, said, gone, in_study: Built, tmp_path: Path):
    _, items, _ = made(name, setting, in_study, tmp_path / "images")
    everything = "\n".join(map(words, items)) + "\n"
    assert all(text in everything for text in said)
    assert not any(text in everything for text in gone)


def test_a_negative_number_and_a_round_one_keep_all_that_they_say():
    write = variant("numbers_words").notation
    assert [write.coordinate(value) for value in (-0.3, 0.0, 12.0)] == [
        "minus zero point three",
        "zero point zero",
        "twelve point zero",
    ]
    assert [write.magnitude(2.4, "m"), write.magnitude(290, "deg")] == [
        "two point four metres",
        "two hundred and ninety degrees",
    ]


def words(item: Item) -> str:
    return "\n".join(part.text for part in item.prompt if isinstance(part, Text))


def test_mirrored_pictures_are_flipped(in_study: Built, tmp_path: Path):
    _, items, pictures = made("mirrored", "transition", in_study, tmp_path / "images")
    for path, frame in pictures.by_base.items():
        assert np.array_equal(read_image(Path(frame.image)), read_image(Path(path))[:, ::-1])
    turned = {item.truth.direction for item in items if item.group == "rotate_left_right"}
    assert turned == {"right"}, "the base turns left"


def test_the_overlay_is_about_the_middle_and_leaves_the_rest(in_study: Built, tmp_path: Path):
    _, _, pictures = made("anchor_overlay", "transition", in_study, tmp_path / "images")
    assert pictures.by_base
    for path, frame in pictures.by_base.items():
        before, after = read_image(Path(path)).astype(int), read_image(Path(frame.image)).astype(int)
        v, u = np.nonzero(np.abs(after - before).sum(axis=2))
        height, width = before.shape[:2]
        reach = height / 3 + 1.5
        assert np.hypot(u + 0.5 - width / 2, v + 0.5 - height / 2).max() <= reach
        assert 0 < len(u) < 0.25 * height * width


def test_fewer_objects_are_the_anchors_and_the_target(in_study: Built, tmp_path: Path):
    base, items, pictures = made("reduce_objects", "layout", in_study, tmp_path / "images")
    fewer = 0
    for one, other in zip(base, items, strict=True):
        assert isinstance(other, LayoutItem)
        truth = other.truth
        for old, new in zip(base_images([one]), base_images([other]), strict=True):
            seen = {i.category for i in pictures.by_base[old].instances if not i.fixture}
            had = {i.category for i in in_study.by_image[old].instances if not i.fixture}
            needed = {truth.target, truth.anchors.origin.name, truth.anchors.direction.name}
            assert needed <= seen and len(seen) <= 4  # one support may carry the target
            fewer += len(had) - len(seen) > 0
            assert pictures.by_base[old].image == new
    assert fewer, "some base picture has more objects than the variant leaves"


def test_projections_agree_with_the_masks(in_study: Built):
    """The rectangle of a box holds every pixel of its mask, and reaches no more than a pixel
    beyond it where nothing hides it."""
    for frame in layout_frames(in_study):
        ids = read_image(Path(frame.ids))
        for one, instance in zip(projected(frame), boxed(frame), strict=True):
            v, u = np.nonzero(ids == instance.id)
            low, high = one.rectangle(frame.camera.width, frame.camera.height)
            assert (low - 1 <= (u.min(), v.min())).all() and ((u.max() + 1, v.max() + 1) <= high + 1).all()


@pytest.mark.parametrize("name", DRAWN)
def test_drawings_reach_as_far_as_the_boxes_in_the_frames(name: str, in_study: Built):
    """With one object in view and its label (a dot) inside it, what is drawn spans its projected corners.

    Drawn at eight times the size: a line or disc of a few pixels is then a fraction of one pixel of the frame.
    """
    looked_at = 0
    for frame in layout_frames(in_study):
        for one, instance in zip(projected(frame), boxed(frame), strict=True):
            if not ((one.corners > 1).all() and (one.corners < frame.camera.width - 1).all()):
                continue
            big = larger(frame.model_copy(update={"instances": (instance.model_copy(update={"category": "."}),)}), 8)
            drawing = variant(name).draw
            assert drawing is not None
            rows, columns = np.nonzero((drawing(Stand(big)) < 128).any(axis=2))  # type: ignore[arg-type]
            expected = projected(big)[0].corners
            for axis, places in ((0, columns), (1, rows)):
                ends = np.array([places.min(), places.max() + 1])
                assert np.abs(ends - [expected[:, axis].min(), expected[:, axis].max()]).max() <= 4
            looked_at += 1
    assert looked_at > 10


class Stand:
    """A picture of which only the frame is needed."""

    def __init__(self, frame: FrameRecord) -> None:
        self.frame = frame


def larger(frame: FrameRecord, times: int) -> FrameRecord:
    camera = frame.camera
    grown = {name: times * getattr(camera, name) for name in type(camera).model_fields}
    return frame.model_copy(update={"camera": Intrinsics(**grown)})


def layout_frames(built: Built) -> list[FrameRecord]:
    scenes = set(built.scenes)
    return [frame for frame in built.frames.values() if frame.scene in scenes]


def boxed(frame: FrameRecord) -> list:
    return [i for i in frame.instances if not i.fixture and i.box]


def test_a_box_has_twelve_edges_of_three_directions():
    assert len(EDGES) == 12 and {a ^ b for a, b in EDGES} == {1, 2, 4}
    assert all(sum(corner in edge for edge in EDGES) == 3 for corner in range(8))


def test_a_variant_that_is_not_there():
    from spacenum.core.errors import SpaceNumError

    with pytest.raises(SpaceNumError, match=r"names 'blimd'; there are .*blind"):
        variant("blimd")


def test_no_image_but_those_of_the_prompt(case):
    for item in case[2]:
        shown = [part.image for part in item.prompt if isinstance(part, Image)]
        assert {option.image for option in item.options if option.image} <= set(shown)


def answered_right(backend, items, built: Built) -> list[bool]:
    """Whether each item is answered rightly; those that get no score are left out."""
    model = backend.load(ModelConfig(kind="reference", backend="any"), Context(built.by_image, Path(), 0))
    given = zip(model.answer(items), items, strict=True)
    return [answer.letter == item.answer for answer, item in given if answer.outcome != "missing"]


def test_only_a_reader_of_the_frame_is_right_among_frame_distractors(in_study: Built, tmp_path: Path):
    base, items, _ = made("frame_distractors", "layout", in_study, tmp_path / "images")
    assert all(answered_right(ideal_observer, items, in_study))
    mirrored = answered_right(mirror_reader, items, in_study)
    assert mirrored and not any(mirrored)
    assert any(answered_right(mirror_reader, base, in_study)), "the base lets some through"


def test_frame_distractors_differ_and_say_what_they_are(in_study: Built, tmp_path: Path):
    base, items, _ = made("frame_distractors", "layout", in_study, tmp_path / "images")
    assert {item.task for item in items} == {"space2num"}
    for one, other in zip(base, items, strict=True):
        assert isinstance(one, LayoutItem) and isinstance(other, LayoutItem)
        values = [as_array(option.value) for option in other.options]
        gaps = [np.abs((a - b)[:, :2]).max() for a, b in combinations(values, 2)]
        assert min(gaps) > 0.3 - 1e-6
        for option in other.options:
            right = option.letter == other.answer
            assert (option.value == other.truth.corners) == right and right <= (option.reading is None)
        truth = next(option for option in other.options if option.letter == other.answer)
        assert truth.position_ok and truth.size_ok
        assert not any(o.position_ok and o.size_ok for o in other.options if o is not truth)


ANCHORS = Anchors(
    origin=MapEntry(name="origin", corners=[[0, 0], [1, 2]]), direction=MapEntry(name="other", corners=[[4, 0], [5, 2]])
)


def read(box: np.ndarray) -> dict:
    return {reading: corners.tolist() for corners, reading in readings(box, ANCHORS)}


def test_misreadings_are_those_of_a_layout_drawn_by_hand():
    """The x axis is the line y = 1, from x = 0 to 5."""
    truth = np.array([[3.0, 3.0], [3.5, 5.0]])
    assert read(truth) == {
        None: truth.tolist(),
        "mirrored": [[3, -3], [3.5, -1]],
        "other_anchor": [[1.5, -3], [2, -1]],
        "mirrored_other_anchor": [[1.5, 3], [2, 5]],
    }
    wide = ANCHORS.model_copy(update={"direction": MapEntry(name="wide", corners=[[3, 0], [5, 2]])})
    kept = [reading for _, reading in readings(np.array([[1.2, 0.0], [2.0, 0.5]]), wide)]
    assert kept == [None, "mirrored"], "the others run into the wide anchor"
    in_space = np.column_stack([truth, [0.5, 0.9]])
    anchors = [[*c, z] for c, z in (((0, 0), 0), ((1, 2), 1), ((4, 0), 0), ((5, 2), 1))]
    high = Anchors(
        origin=MapEntry(name="o", corners=anchors[:2]), direction=MapEntry(name="d", corners=anchors[2:])
    )  # fmt: skip
    for corners, _ in readings(in_space, high):
        assert corners[:, 2].tolist() == [0.5, 0.9]


@pytest.mark.parametrize("reading", ["mirrored", "other_anchor", "mirrored_other_anchor"])
def test_every_reading_has_the_others_among_its_misreadings(reading):
    """Or text alone would tell which of the four they are misreadings of."""
    first = read(np.array([[3.0, 3.0], [3.5, 5.0]]))
    again = read(np.array(first[reading]))
    assert sorted(again.values()) == sorted(first.values())


def test_what_is_too_near_gives_way_to_the_base_s_distractors_read_alike():
    truth = np.array([[2.0, 0.9], [3.0, 1.3]])  # on the axis: mirrored, or from the other anchor, it is 0.2 off
    others = [np.array([[a, b], [a + 1, b + 1]], float) for a, b in ((2, 0.4), (2, 3), (6, 4))]
    assert [(box.tolist(), reading) for box, reading in distractors(truth, others, ANCHORS)] == [
        (other.tolist(), None) for other in others
    ]
    aside = np.array([[2.0, 3.0], [3.0, 4.0]])  # in the middle of x: from the other anchor it is as if mirrored
    found = distractors(aside, [others[2], others[0], truth], ANCHORS)
    assert [reading for _, reading in found] == ["mirrored", None, None]
    assert [box.tolist() for box, _ in found[1:]] == [others[2].tolist(), [[6, -3], [7, -2]]]


def test_a_question_that_another_family_has_already_is_left_out(in_study: Built):
    items = in_study.items("layout")
    twin = [item.model_copy(update={"id": f"{item.id}.twin", "family": "twin"}) for item in items[:2]]
    assert [base for base, _ in chosen(Variant(("layout",), "nothing"), [*items, *twin], in_study.by_image)] == items


@pytest.mark.parametrize("setting", ["transition", "layout"])
def test_a_calibrated_prompt_says_one_sentence_more(setting: Setting, in_study: Built, tmp_path: Path):
    base, items, _ = made("calibrated", setting, in_study, tmp_path / "images")
    for one, other in zip(base, items, strict=True):
        frame = in_study.by_image[base_images([one])[0]]
        height = frame.measured_pose.position[2]
        said = f"{height / one.truth.frame.unit_m:.1f} above the" if isinstance(one, LayoutItem) else f"{height:.2f} m"
        sentence = calibration(one, frame)
        fov = "45" if setting == "layout" else "90"
        assert said in sentence and sentence.count(f"{fov}°") == 2 and sentence.count(". ") == 0
        assert words(other).replace(f"{sentence} ", "").replace(f" {sentence}", "") == words(one) != words(other)
        assert base_images([one]) == base_images([other])


def test_the_calibration_is_the_frame_s(in_study: Built):
    item = in_study.items("transition")[0]
    frame = in_study.by_image[base_images([item])[0]]
    camera = Intrinsics.from_vertical_fov(128, 64, 60)
    pose = frame.measured_pose.model_copy(update={"position": (0, 0, 1.234)})
    told = calibration(item, frame.model_copy(update={"camera": camera, "measured_pose": pose}))
    assert "60° from top to bottom and 98.2° from left to right" in told and "1.23 m above the floor" in told


@pytest.mark.parametrize("setting", ["transition", "layout"])
def test_pairs_are_all_options_two_by_two_and_each_is_right_once(setting: Setting, in_study: Built, tmp_path: Path):
    base, items, _ = made("pairs", setting, in_study, tmp_path / "images")
    wanted = Counter(
        (item.family, repr(sorted([repr(a.value), repr(b.value)])))
        for item in {item.family: item for item in base}.values()
        for a, b in combinations(item.options, 2)
    )
    asked = Counter()
    for one, other in zip(base, items, strict=True):
        values = {option.value if isinstance(option.value, float) else repr(option.value) for option in other.options}
        assert len(other.options) == len(values) == 2
        asked[one.family, repr(sorted(repr(option.value) for option in other.options))] += 1
    assert asked == Counter({pair: 2 for pair in wanted}), "each is right once"
    assert len({item.id for item in items}) == len(items)
    firsts = Counter(item.options[0].letter for item in items)
    assert set(firsts) == {"A"}


def test_pairs_take_families_of_different_scenes_first():
    items = [
        item.model_copy(update={"id": f"{scene}.{number}.{item.id}", "family": f"f{scene}{number}", "scene": scene})
        for scene in "abc"
        for number in range(3)
        for item in family("transition.num2space.rotate_left_right", 0)
    ]
    assert {item.scene for item in some_families(items, 3)} == {"a", "b", "c"}
    assert len({item.family for item in some_families(items, 5)}) == 5
    assert some_families(items, None) == items
    assert [item for item in items if item in some_families(items, 4)] == some_families(items, 4), "in their order"
