"""The checks of a build: a sound one passes, and each defect fails with the item's name."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.frames.records import FrameRecord
from spacenum.frames.settings import ControlsConfig
from spacenum.items.checks import Checks, check_coverage, check_sizes, uneven_cells
from spacenum.items.schema import Image, Item
from spacenum.items.settings import ScaleItems, SplitItems
from tests.items.passing import Passing

MOVE = "transition.num2space.move_left_right.000001"
ASK = "transition.space2num.rotate_left_right.000002"
LAYOUT = "layout.num2space.3d.room.000001"
NUMBERS = "layout.space2num.2d.room.000003"


@dataclass
class Build:
    """A sound build to be spoilt. ``frames`` by image path."""

    items: list[Item]
    frames: dict[str, FrameRecord]
    controls: dict[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        Checks(self.frames, ControlsConfig(**self.controls)).check(self.items)

    def place(self, item_id: str) -> int:
        return next(k for k, item in enumerate(self.items) if item.id == item_id)

    def images(self, item_id: str) -> list[str]:
        return [part.image for part in self.items[self.place(item_id)].prompt if isinstance(part, Image)]

    def item(self, item_id: str, **changes: Any) -> None:
        k = self.place(item_id)
        self.items[k] = self.items[k].model_copy(update=changes)

    def frame(self, image: str, **changes: Any) -> None:
        self.frames[image] = self.frames[image].model_copy(update=changes)

    def instances(self, image: str, change: Callable[[Any], Any]) -> None:
        changed = [change(instance) for instance in self.frames[image].instances]
        self.frame(image, instances=tuple(instance for instance in changed if instance is not None))

    def options(self, item_id: str, letter: str, **changes: Any) -> None:
        options = [
            option.model_copy(update=changes) if option.letter == letter else option
            for option in self.items[self.place(item_id)].options
        ]
        self.item(item_id, options=options)

    def answers(self, item_id: str, other: str) -> None:
        """Swap the answers of two items: each letter is still right as often."""
        first, second = self.items[self.place(item_id)], self.items[self.place(other)]
        self.item(item_id, answer=second.answer)
        self.item(other, answer=first.answer)

    def end(self, item_id: str) -> str:
        """The image after the action."""
        item = self.items[self.place(item_id)]
        return next((o.image for o in item.options if o.letter == item.answer and o.image), self.images(item_id)[-1])


@pytest.fixture
def build(in_study) -> Build:
    return Build([*in_study.items("transition"), *in_study.items("layout")], dict(in_study.by_image))


def refusal(build: Build, *named: str) -> str:
    """What the checks say; they must name one of ``named``."""
    with pytest.raises(SpaceNumError) as raised:
        build.check()
    assert re.match(r"item (\S+):", str(raised.value)).group(1) in named, raised.value
    return str(raised.value)


def family(build: Build, item_id: str) -> list[str]:
    name = build.items[build.place(item_id)].family
    return [item.id for item in build.items if item.family == name]


def sharing(build: Build, image: str) -> list[str]:
    """Items that show an image: any of them may be the one that is named."""
    return [item.id for item in build.items if Image(image=image) in item.prompt]


def test_a_sound_build_passes(build):
    build.check()


def test_of_many_items_few_are_held_at_once(build):
    """All of a large study's take gigabytes: of each cell, no more than the last is kept."""
    items = Passing(build.items)
    Checks(build.frames, ControlsConfig()).check(items)
    assert len(items) > 100 and items.most < 20


# ---- the key


@pytest.mark.parametrize("item_id", [MOVE, LAYOUT])
def test_a_letter_that_is_right_less_often(build, item_id):
    cell = item_id[:-7]
    del build.items[build.place(item_id)]
    last = [item.id for item in build.items if item.cell == cell][-1]
    assert f"cell {cell} is not balanced" in refusal(build, last)


def test_a_letter_that_is_right_twice_in_a_family(build):
    """In two families of a cell, so that the cell as a whole is still balanced."""

    def letters_swapped(item: Item) -> None:
        swap = {"A": "B", "B": "A"}
        options = [o.model_copy(update={"letter": swap.get(o.letter, o.letter)}) for o in item.options]
        build.item(item.id, answer=swap[item.answer], options=sorted(options, key=lambda option: option.letter))

    members = [item for item in build.items if item.cell == NUMBERS[:-7]]
    first = next(item for item in members if item.answer == "A")
    second = next(item for item in members if item.answer == "B" and item.family != first.family)
    letters_swapped(first)
    letters_swapped(second)
    assert "is right twice in its family" in refusal(build, *family(build, first.id), *family(build, second.id))


@pytest.mark.parametrize("item_id", [MOVE, ASK, LAYOUT, NUMBERS])
def test_an_answer_that_is_not_the_truth(build, item_id):
    other = next(name for name in family(build, item_id) if name != item_id)
    build.answers(item_id, other)
    assert "truth" in refusal(build, item_id, other)


@pytest.mark.parametrize("letter_flag", ["position_ok", "size_ok"])
def test_a_right_option_that_is_marked_wrong(build, letter_flag):
    build.options(NUMBERS, build.items[build.place(NUMBERS)].answer, **{letter_flag: False})
    assert "not the truth" in refusal(build, NUMBERS)


# ---- duplicates and options


def test_an_id_that_is_used_twice(build):
    build.items.append(build.items[build.place(MOVE)])
    assert f"duplicates item {MOVE}" in refusal(build, MOVE)


def test_a_question_that_is_asked_twice(build):
    build.items.append(build.items[build.place(MOVE)].model_copy(update={"id": "another"}))
    assert f"duplicates item {MOVE}" in refusal(build, "another")


def test_options_that_are_written_alike(build):
    options = build.items[build.place(ASK)].options
    build.options(ASK, "B", value=options[0].value + 0.2)
    assert f"two options are both written '{options[0].value:.0f}°'" in refusal(build, ASK)


def test_maps_that_are_written_alike(build):
    value = build.items[build.place(NUMBERS)].options[0].value
    build.options(NUMBERS, "C", value=[[value[0][0] + 0.04, value[0][1]], value[1]])
    assert "two options are both written" in refusal(build, NUMBERS)


# ---- images


@pytest.mark.parametrize("kind", ["image", "depth", "ids"])
def test_a_missing_file(build, spoil, kind):
    image = build.images(MOVE)[1]
    spoil(getattr(build.frames[image], kind), None)
    assert "missing" in refusal(build, *sharing(build, image))


@pytest.mark.parametrize("item_id", [MOVE, NUMBERS])
def test_a_corrupt_image(build, spoil, item_id):
    image = build.end(item_id)
    spoil(image, Path(image).read_bytes()[:200])
    assert "corrupt" in refusal(build, *sharing(build, image))


@pytest.mark.parametrize("kind", ["image", "depth", "ids"])
def test_another_image_in_its_place(build, spoil, kind):
    image = build.end(LAYOUT)
    path = getattr(build.frames[image], kind)
    pixels = np.array(Picture.open(path))
    pixels[0, 0] += 1
    data = io.BytesIO()
    Picture.fromarray(pixels).save(data, "PNG")
    spoil(path, data.getvalue())
    assert "is not the image that was rendered" in refusal(build, *sharing(build, image))


def test_an_image_that_no_frames_list(build):
    image = build.end(MOVE)
    named = sharing(build, image)
    del build.frames[image]
    assert "no frames.jsonl lists" in refusal(build, *named)


@pytest.mark.parametrize("item_id", [MOVE, LAYOUT])
def test_two_identical_images(build, spoil, item_id):
    first, second = build.images(item_id)[-2:]
    spoil(second, Path(first).read_bytes())
    sums = build.frames[second].sha256
    build.frame(second, sha256=(build.frames[first].sha256[0], *sums[1:]))
    assert "two of its images are identical" in refusal(build, *sharing(build, second))


# ---- transitions


@pytest.mark.parametrize(
    "drift", [{"position": (0.002, 0, 0)}, {"position": (0, 0, 0.002)}, {"yaw": 0.2}, {"horizon": -0.2}], ids=str
)
@pytest.mark.parametrize("item_id", [MOVE, ASK])
def test_a_pose_that_differs_from_the_command(build, item_id, drift):
    image = build.end(item_id)
    pose = build.frames[image].measured_pose
    moved = {key: tuple(np.add(getattr(pose, key), by)) if key == "position" else getattr(pose, key) + by
             for key, by in drift.items()}  # fmt: skip
    build.frame(image, measured_pose=pose.model_copy(update=moved))
    assert "off the commanded" in refusal(build, *sharing(build, image))


def test_depth_that_is_not_in_metres(build, spoil):
    """Half a percent, as an engine's shader may take off, in frames that an older version made."""
    before, after = build.images(MOVE)[0], build.end(MOVE)
    named = {i for image in (before, after) for i in sharing(build, image)}
    for image in (before, after):
        path = build.frames[image].depth
        short = np.rint(np.array(Picture.open(path)) * 0.995).astype(np.uint16)
        data = io.BytesIO()
        Picture.fromarray(short).save(data, "PNG")
        spoil(path, data.getvalue())
        sums = build.frames[image].sha256
        build.frame(image, sha256=(sums[0], sha256_of(Path(path)), sums[2]))
    assert "m for each metre that the camera moved between" in refusal(build, *named)


# ---- colour: frames that an older version or another program made


def shows(build: Build, spoil: Callable[[str, bytes | None], None], image: str, pixels: np.ndarray) -> None:
    """The colours of a frame are others, and its sum is theirs."""
    data = io.BytesIO()
    Picture.fromarray(pixels).save(data, "PNG")
    spoil(image, data.getvalue())
    build.frame(image, sha256=(sha256_of(Path(image)), *build.frames[image].sha256[1:]))


@pytest.mark.parametrize("item_id", [MOVE, ASK, LAYOUT, NUMBERS])
@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_picture_of_one_colour(build, spoil, item_id, level):
    image = build.end(item_id)
    shows(build, spoil, image, np.full((64, 64, 3), level, np.uint8))
    assert f"colour nearly uniform, in {image}; take the frames again" in refusal(build, *related(build, image))


@pytest.mark.parametrize("item_id", [MOVE, ASK])
def test_a_picture_of_another_pose(build, spoil, item_id):
    before, image = build.images(item_id)[0], build.end(item_id)
    shows(build, spoil, before, 255 - np.array(Picture.open(before)))
    refused = refusal(build, *sharing(build, before))
    assert "colour disagrees between start and end" in refused and image in refused


@pytest.mark.parametrize("item_id", [LAYOUT, NUMBERS])
def test_pictures_of_a_layout_that_lag_behind(build, spoil, item_id):
    frame = build.frames[build.end(item_id)]
    images = [image for image, other in build.frames.items() if (other.scene, other.pose) == (frame.scene, frame.pose)]
    pixels = [np.array(Picture.open(image)) for image in images]
    for image, other in zip(images, pixels[-1:] + pixels[:-1], strict=True):
        shows(build, spoil, image, other)
    assert "colour" in refusal(build, *(i for image in images for i in related(build, image)))


def related(build: Build, image: str) -> list[str]:
    """Items of a scene's pictures through one camera: layouts are compared as a whole."""
    frame = build.frames[image]
    return [
        name
        for other in build.frames.values()
        if other.scene == frame.scene and (other.pose == frame.pose or other is frame)
        for name in sharing(build, other.image)
    ]


def test_too_few_objects(build):
    image = build.end(ASK)
    objects = [i.name for i in build.frames[image].instances if not i.fixture]
    build.instances(image, lambda i: None if i.name in objects[2:] else i)
    assert re.search(r"shows \d object instances, fewer than 3", refusal(build, *sharing(build, image)))


def test_objects_with_too_few_pixels_do_not_count(build):
    image = build.end(ASK)
    build.instances(image, lambda i: i if i.fixture else i.model_copy(update={"visible_px": 1}))
    assert "shows 0 object instances" in refusal(build, *sharing(build, image))


def test_no_shared_object(build):
    image = build.end(MOVE)
    build.instances(image, lambda i: i.model_copy(update={"name": f"other_{i.name}"}))
    assert "share no anchor object" in refusal(build, *sharing(build, image))


def test_too_little_overlap(build):
    least = min((item for item in build.items if item.setting == "transition"), key=lambda item: item.quality.overlap)
    build.controls["min_overlap"] = least.quality.overlap + 0.02
    refused = refusal(build, *(item.id for item in build.items if item.family[:-9] == least.family[:-9]))
    assert "under the floor" in refused


# ---- layouts


@pytest.mark.parametrize("item_id", [LAYOUT, NUMBERS])
@pytest.mark.parametrize("role", ["origin", "direction", "target"])
def test_a_number_that_is_not_the_scenes(build, item_id, role):
    """An object stands 10 cm further along x than the item says."""
    item, image = build.items[build.place(item_id)], build.end(item_id)
    name = item.truth.target if role == "target" else getattr(item.truth.anchors, role).name

    def shifted(instance):
        if instance.category != name:
            return instance
        return instance.model_copy(update={"box": tuple((x + 0.1, y, z) for x, y, z in instance.box)})

    build.instances(image, shifted)
    assert f"{name} is written as" in refusal(build, *sharing(build, image))


def test_corners_that_are_no_whole_tenths(build):
    image = build.end(LAYOUT)

    def shifted(instance):
        return instance.model_copy(update={"box": instance.box and tuple((x, y + 0.05, z) for x, y, z in instance.box)})

    build.instances(image, shifted)
    assert "no whole tenths" in refusal(build, *sharing(build, image))


def test_two_objects_of_one_name(build):
    image = build.end(LAYOUT)
    name = build.items[build.place(LAYOUT)].truth.target
    build.instances(image, lambda i: i if i.fixture else i.model_copy(update={"category": name}))
    assert f"objects named '{name}', not one" in refusal(build, *sharing(build, image))


def test_too_few_objects_in_a_layout(build):
    image, item = build.end(LAYOUT), build.items[build.place(LAYOUT)]
    needed = {item.truth.target, item.truth.anchors.origin.name, item.truth.anchors.direction.name}
    build.instances(image, lambda i: i if i.category in needed else None)
    build.items = [other for other in build.items if other.family == item.family]
    build.check()
    build.controls["min_anchors"] = 4
    assert f"{image} shows 3 object instances, fewer than 4" in refusal(build, *sharing(build, image))


def test_magnitudes_that_are_not_covered_alike(build: Build):
    cell = "transition.num2space.rotate_left_right"
    build.items = [item for item in build.items if item.cell == cell]
    build.items += [item.model_copy(update={"id": f"{item.id}.again"}) for item in build.items]
    assert list(uneven_cells(build.items)) == [cell]
    least = r"left \d+ is asked for 0 times, left \d+ 2 times"
    with pytest.raises(SpaceNumError, match=rf"cell {cell}: .*{least}; raise 'scenes\.transition\.benchmark'"):
        check_coverage(build.items)


def test_a_cell_has_as_many_items_as_the_config_says(build):
    layouts = [item for item in build.items if item.cell.startswith("layout")]
    held = Counter(item.cell.split(".", 2)[2] for item in layouts if item.task == "num2space")  # as many of space2num
    sizes = SplitItems(
        **{f"layout_{d}": ScaleItems(desk=held[f"{d}.desk"], room=held[f"{d}.room"]) for d in ("1d", "2d", "3d")}
    )
    path = Path("layout.jsonl")
    check_sizes(layouts, "layout", sizes, path)
    cell = layouts[0].cell
    for fewer in (layouts[1:], layouts[: len(layouts) // 2], []):
        with pytest.raises(SpaceNumError, match=r"^layout.jsonl: cell layout\.\S+ has \d+ items, not the \d+ of"):
            check_sizes(fewer, "layout", sizes, path)
    with pytest.raises(SpaceNumError, match=rf"^layout.jsonl: cell {re.escape(cell)} has"):
        check_sizes([*layouts, layouts[0]], "layout", sizes, path)
