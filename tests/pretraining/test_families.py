"""Further questions about a family's views are true."""

from __future__ import annotations

import numpy as np
import pytest

from spacenum.items.schema import Image, LayoutItem, TransitionItem
from spacenum.pretraining.families import QuestionMaker, Symmetry, as_array
from spacenum.variants.mirrored import mirrored_record

SYMMETRIES = [Symmetry(mirrored, swapped) for mirrored in (False, True) for swapped in (False, True)]


def half_turned(box: np.ndarray) -> np.ndarray:
    """A box [2, 3] of a room that is turned by half."""
    return np.sort(box * [-1, -1, 1], axis=0)


@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_a_map_under_a_symmetry_is_that_of_the_room_mirrored_or_turned_by_half(families, symmetry):
    """The map by its definition, in a room whose objects stand otherwise; of other objects than the target too."""
    checked, rng = 0, np.random.default_rng(0)
    for views in families:
        frames = {frame.image: mirrored_record(frame) if symmetry.mirrored else frame for frame in views.frames}
        for item in views.items:
            if not isinstance(item, LayoutItem):
                continue
            told = [QuestionMaker().mapped(item, symmetry), *QuestionMaker().turns(views, rng, symmetry)]
            for made in told:
                anchors = made.truth.anchors
                right = next(option for option in made.options if option.letter == made.answer)
                assert right.value == made.truth.corners
                image = right.image or next(part.image for part in made.prompt if isinstance(part, Image))
                boxes = {one.category: np.array(one.box) for one in frames[image].instances}
                if symmetry.swapped:
                    boxes = {name: half_turned(box) for name, box in boxes.items()}
                zero = boxes[anchors.origin.name][0] * [1, 1, 0]
                for name, corners in (
                    (made.truth.target, made.truth.corners), (anchors.origin.name, anchors.origin.corners),
                    (anchors.direction.name, anchors.direction.corners),
                ):  # fmt: skip
                    expected = (boxes[name] - zero)[:, : int(made.group[0])] / made.truth.frame.unit_m
                    assert as_array(corners) == pytest.approx(expected, abs=0.051)
                    checked += 1
    assert checked > 100


def test_questions_about_turns_say_how_the_camera_turned(data, families):
    """Also backwards and mirrored; the images of other options show other amounts."""
    maker, yaws = QuestionMaker(), {frame.image: frame.pose.yaw for frame in data.frames}
    directions = set()
    for views in families[:4]:
        for mirrored in (False, True):
            for seed in range(12):
                turns = maker.turns(views, np.random.default_rng(seed), Symmetry(mirrored))
                assert {item.truth.magnitude for item in turns} == {option.value for option in turns[0].options}
                for item in turns:
                    assert isinstance(item, TransitionItem)
                    assert [one.image for one in item.options] == [one.image for one in turns[0].options]
                    shown = [part.image for part in item.prompt if isinstance(part, Image)]
                    pairs = [(option.value, option.image) for option in item.options if option.image]
                    for value, image in pairs or [(item.truth.magnitude, shown[-1])]:
                        turned = (yaws[image] - yaws[shown[0]] + 180) % 360 - 180  # to the left
                        assert abs(turned) == pytest.approx(value)
                        assert item.truth.direction == ("left" if (turned > 0) != mirrored else "right")
                    right = next(option for option in item.options if option.letter == item.answer)
                    assert right.value == item.truth.magnitude and len({option.value for option in item.options}) == 4
                    text = "".join(getattr(part, "text", "") for part in item.prompt)
                    assert f"turn {item.truth.direction} on the spot" in text
                    directions.add((item.truth.direction, shown[0] == views.frames[0].image))
    assert len(directions) == 4
