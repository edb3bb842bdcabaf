"""The collection controls on views whose overlap, objects and outlines are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from spacenum.frames.controls import (
    anchors,
    changed_share,
    depth_scale,
    overlap,
    scaled,
    smallest_difference,
    visible_share,
)
from spacenum.frames.records import DEPTH_STEP_M
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import quantised
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import Action, CameraPose, motion_of, moved
from spacenum.simulators.base import Sensing
from tests.geometry.raycast import ROOM, furnished, sense

CAMERA = Intrinsics.from_vertical_fov(160, 160, 90)
HALL = np.array([[-60.0, -60.0, -60.0], [4.0, 60.0, 60.0]])  # a wall 4 m ahead, everything else far away
AHEAD = CameraPose(position=(0, 0, 0), yaw=0, horizon=0)


def turned(degrees: float) -> CameraPose:
    return moved(AHEAD, motion_of(Action("rotate_left_right", "left", degrees)))


def share_after_yaw(degrees: float) -> float:
    """Of a 90 degree view: columns at which the ray stays in view, and of each the rows that do."""
    turn = np.radians(degrees)

    def rows(x: float) -> float:
        return min(1.0, np.sqrt(1 + x * x) * np.cos(turn - np.arctan(x)))

    return quad(rows, np.tan(turn - np.pi / 4), 1)[0] / 2


@pytest.mark.parametrize("degrees", [10, 30, 50, 70])
def test_overlap_of_a_pure_turn_before_a_wall(degrees):
    before, after = (sense([], pose, CAMERA, HALL) for pose in (AHEAD, turned(degrees)))
    assert overlap(before, after) == pytest.approx(share_after_yaw(degrees), abs=0.02)
    assert overlap(before, after) == overlap(after, before)


def test_a_turn_by_70_degrees_leaves_about_a_quarter():
    assert share_after_yaw(70) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("forward", [0.8, 2.4])
def test_overlap_of_a_step_towards_a_wall_is_the_share_that_stays_in_view(forward):
    after = moved(AHEAD, motion_of(Action("move_forward_backward", "forward", forward)))
    views = [sense([], pose, CAMERA, HALL) for pose in (AHEAD, after)]
    assert overlap(*views) == pytest.approx(((4 - forward) / 4) ** 2, abs=0.01)
    assert overlap(*views) == overlap(*reversed(views))  # the smaller of both ways


def test_overlap_is_one_with_itself_and_none_behind():
    room = sense(furnished(0), AHEAD.model_copy(update={"position": (0, 0, 1.5)}), CAMERA, ROOM)
    assert overlap(room, room) == 1
    assert overlap(sense([], AHEAD, CAMERA, HALL), sense([], turned(180), CAMERA, HALL)) == 0


def test_what_another_thing_hides_does_not_overlap():
    board = np.array([[2.0, -40, -40], [2.1, 0, 40]])  # before the right half of the wall
    assert overlap(sense([], AHEAD, CAMERA, HALL), sense([board], AHEAD, CAMERA, HALL)) == 0.5


SIZES = [Intrinsics.from_vertical_fov(side, side, 90) for side in (64, 160)]


@pytest.mark.parametrize("camera", SIZES, ids=["64", "160"])
@pytest.mark.parametrize("scale", [1.0, 0.995, 1.01])
def test_moves_tell_how_long_depth_is(camera, scale):
    """To 4 in 10,000, from depth as it is stored, for moves of 0.2 m and more, whatever stands around."""
    for seed, (group, direction, metres) in enumerate((
        ("move_forward_backward", "forward", 0.2), ("move_forward_backward", "forward", 1.2),
        ("move_forward_backward", "backward", 0.8), ("move_left_right", "left", 0.2), ("move_left_right", "right", 1.2),
    )):  # fmt: skip
        start = CameraPose(position=(-0.6, 0.1, 1.5), yaw=17.0 * seed, horizon=10.0 * (seed % 3))
        a, b = (
            replace(view, depth=quantised(view.depth * scale) * DEPTH_STEP_M)
            for pose in (start, moved(start, motion_of(Action(group, direction, metres))))
            for view in [sense(furnished(seed), pose, camera, ROOM)]
        )
        assert depth_scale(a, b) == pytest.approx(scale, abs=4e-4), (direction, metres)


def test_turns_and_views_with_nothing_in_common_tell_nothing_of_depth():
    start = CameraPose(position=(0, 0, 1.5), yaw=0, horizon=0)
    far = start.model_copy(update={"position": (0, 1.5, 1.5), "yaw": 180})
    views = [sense(furnished(0), pose, CAMERA, ROOM) for pose in (start, start.model_copy(update={"yaw": 30}), far)]
    assert depth_scale(views[0], views[1]) is None
    assert depth_scale(views[0], views[2]) is None


def test_what_is_too_far_to_be_stored_does_not_count_as_depth():
    """Behind windows depth ends at the largest value that is stored, wherever the camera stands."""
    after = moved(AHEAD, motion_of(Action("move_forward_backward", "forward", 1.0)))
    a, b = (sense([], pose, CAMERA, HALL) for pose in (AHEAD, after))
    sky = [np.where(np.arange(160)[:, None] < 120, 65535 * DEPTH_STEP_M, view.depth) for view in (a, b)]
    assert depth_scale(*(replace(view, depth=depth) for view, depth in zip((a, b), sky, strict=True))) == pytest.approx(
        1, abs=1e-4
    )


def boxes_ahead(*widths: float) -> Sensing:
    """Boards 2 m ahead, each ``width`` wide and high: (40 w)² pixels."""
    boxes = [np.array([[2.0, 1.2 - k - w / 2, -w / 2], [2.0001, 1.2 - k + w / 2, w / 2]]) for k, w in enumerate(widths)]
    return sense(boxes, AHEAD, CAMERA, HALL)


def test_anchors_are_objects_with_enough_pixels():
    shown = boxes_ahead(0.5, 0.1, 0.4)
    assert [i.visible_px for i in shown.instances if not i.fixture] == [400, 16, 256]
    assert anchors(shown, ControlsConfig(min_anchor_pixels=1600)) == {"box_0"}  # 400 at 160 x 160
    assert anchors(shown, ControlsConfig(min_anchor_pixels=1604)) == set()
    assert anchors(shown, ControlsConfig(min_anchor_pixels=1)) == {"box_0", "box_1", "box_2"}
    assert any(i.fixture and i.visible_px > 1600 for i in shown.instances)


def test_parts_of_one_piece_of_furniture_are_one_anchor_with_all_their_pixels():
    shown = boxes_ahead(0.5, 0.3, 0.4)
    drawers = tuple(
        i.model_copy(update={"piece": "dresser"}) if i.name in ("box_0", "box_1") else i for i in shown.instances
    )
    view = replace(shown, instances=drawers)
    assert anchors(view, ControlsConfig(min_anchor_pixels=1)) == {"dresser", "box_2"}
    assert anchors(view, ControlsConfig(min_anchor_pixels=4 * 500)) == {"dresser"}  # 400 and 144 pixels


def test_pixel_floors_scale_with_the_image():
    assert [scaled(300, Intrinsics.from_vertical_fov(w, w, 90)) for w in (320, 160, 640, 1)] == [300, 75, 1200, 1]


def test_visible_share_is_of_the_outline_of_the_box():
    alone = boxes_ahead(0.5)
    shown = next(i for i in alone.instances if i.name == "box_0")
    assert visible_share(alone, shown) == pytest.approx(1, abs=0.06)
    half = shown.model_copy(update={"visible_px": shown.visible_px // 2})
    assert visible_share(alone, half) == pytest.approx(0.5, abs=0.03)
    around = shown.model_copy(update={"box": ((-1, -1, -1), (1, 1, 1))})
    assert visible_share(alone, around) == 0


def test_changed_share_counts_ids_and_depth():
    view = boxes_ahead(0.5)
    assert changed_share(view, view) == 0
    depth, ids = view.depth.copy(), view.ids.copy()
    depth[:16], ids[:, :16] = depth[:16] * 1.03, 99
    changed = Sensing(view.pose, view.camera, depth, ids, view.instances)
    assert changed_share(view, changed) == pytest.approx(0.1 + 0.1 - 0.01)
    slightly = Sensing(view.pose, view.camera, view.depth * 1.01, view.ids, view.instances)
    assert changed_share(view, slightly) == 0


def test_smallest_difference_takes_the_two_most_alike_and_does_not_wrap():
    black, white, grey = (np.full((2, 2, 3), value, np.uint8) for value in (0, 255, 51))
    assert smallest_difference([black, white]) == smallest_difference([white, black]) == 1
    assert smallest_difference([white, black, grey]) == pytest.approx(0.2)
