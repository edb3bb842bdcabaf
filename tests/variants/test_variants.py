"""Variants change what they say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spacenum.core.provenance import sha256_of
from spacenum.frames.records import FrameRecord, LayoutFamily
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import FrameWriter, read_image
from spacenum.geometry.camera import Intrinsics
from spacenum.items.checks import Checks
from spacenum.items.schema import ITEM, Image, Item, LayoutItem, Setting, Text, TransitionItem
from spacenum.variants.build import Pictures, base_images, chosen, draw_pictures, rendered_pictures, variant_items
from spacenum.variants.catalogue import names, variant
from spacenum.variants.drawing import EDGES, projected
from spacenum.variants.rerender import rerender
from tests.frames.boxes import BoxesSimulator
from tests.items.conftest import Built

CASES = [(name, setting) for name in names() for setting in variant(name).settings]
DRAWN = ("abstract_points", "abstract_boxes2d", "abstract_boxes3d")


def made(name: str, setting: Setting, built: Built, folder: Path) -> tuple[list[Item], list[Item], Pictures]:
    """Base items, the variant's, and its pictures."""
    kind = variant(name)
    pairs = chosen(kind, built.items(setting))
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
        for field in ("id", "family", "cell", "task", "answer", "scene", "group", "quality"):
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
