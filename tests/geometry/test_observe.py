"""The observer on depth and ids that a ray caster made: no engine, no noise, so it must be right."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.observe import (
    Reference,
    View,
    agreement,
    best_image,
    best_magnitude,
    measured_corners,
    nearest_option,
)
from spacenum.geometry.poses import DIRECTIONS, Action, CameraPose, motion_of, moved
from tests.geometry.raycast import ROOM, furnished, sense

CAMERA = Intrinsics.from_vertical_fov(96, 96, 90)
OPTIONS = {
    "move_forward_backward": (0.2, 0.4, 0.8, 1.2),
    "move_left_right": (0.2, 0.4, 0.8, 1.2),
    "rotate_up_down": (10.0, 20.0, 40.0, 70.0),
    "rotate_left_right": (10.0, 20.0, 40.0, 70.0),
}
HORIZON = {"up": 50.0, "down": -20.0}


def view(boxes, pose: CameraPose) -> View:
    sensing = sense(boxes, pose, CAMERA, ROOM)
    return View(sensing.depth, sensing.ids, sensing.camera)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("group", "direction"), [(g, d) for g, both in DIRECTIONS.items() for d in both])
def test_every_magnitude_and_every_image_is_found(group, direction, seed):
    boxes, rng = furnished(seed), np.random.default_rng(seed)
    horizon = HORIZON[direction] if group == "rotate_up_down" else 10.0
    start = CameraPose(position=(*rng.uniform(-0.2, 0.2, 2), 1.5), yaw=rng.uniform(0, 360), horizon=horizon)
    actions = [Action(group, direction, n) for n in OPTIONS[group]]
    before, after = view(boxes, start), [view(boxes, moved(start, motion_of(action))) for action in actions]
    assert [best_magnitude(before, end, actions) for end in after] == [0, 1, 2, 3]
    assert [best_image(before, after, action) for action in actions] == [0, 1, 2, 3]


@pytest.mark.parametrize("horizon", [-30.0, -12.3, 0.0, 17.7, 30.0, 60.0])
def test_the_horizon_is_found(horizon):
    shown = view(furnished(2), CameraPose(position=(0, 0, 1.5), yaw=33, horizon=horizon))
    assert min(abs(found - horizon) for found in shown.horizons) < 0.2


def test_agreement_is_high_for_the_truth_and_low_for_its_opposite():
    boxes, start = furnished(3), CameraPose(position=(0, 0, 1.5), yaw=80, horizon=0)
    left, right = (Action("rotate_left_right", direction, 20) for direction in ("left", "right"))
    before, after = view(boxes, start), view(boxes, moved(start, motion_of(left)))
    assert agreement(before, after, left, 0) > 0.9
    assert agreement(before, after, right, 0) < 0.3
    assert agreement(before, after, Action("rotate_left_right", "left", 180), 0) == 0


def test_agreement_needs_the_same_instances():
    boxes, start = furnished(3), CameraPose(position=(0, 0, 1.5), yaw=80, horizon=0)
    step = Action("move_left_right", "left", 0.2)
    before, after = view(boxes, start), view(boxes, moved(start, motion_of(step)))
    renamed = View(after.depth, after.ids + 100, after.camera)
    assert agreement(before, renamed, step, 0) == 0 < agreement(before, after, step, 0)


@pytest.mark.parametrize(("unit", "azimuth"), list(product((1.0, 0.1), (20, 110, 200, 290))))
def test_corners_of_boxes_are_measured(unit, azimuth):
    camera = Intrinsics.from_vertical_fov(240, 240, 45)
    origin, direction = [[0, 0, 0], [0.6, 1.0, 0.5]], [[1.9, 0.2, 0], [2.5, 0.8, 0.4]]
    target = [[0.9, -1.1, 0], [1.4, -0.8, 0.6]]
    shift = np.array([-0.4, 0.3, 0])  # the world's origin is not the map's
    boxes = [(np.array(box) + shift) * unit for box in (origin, direction, target)]
    a, e = np.radians([azimuth, 42])
    eye = np.array([1.2, 0, 0.2]) + shift + 4.5 * np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    pose = CameraPose(position=tuple(eye * unit), yaw=azimuth + 180, horizon=42)
    far = np.array([[-50, -50, 0], [50, 50, 50]]) * unit
    sensing = sense(boxes, pose, camera, far)
    shown = View(sensing.depth, sensing.ids, camera)
    for d in (1, 2, 3):
        first, second = (Reference(np.array(box)[:, :d], sensing.ids == k) for k, box in ((1, origin), (2, direction)))
        found = measured_corners(shown, first, second, sensing.ids == 3)
        assert np.abs(found - np.array(target)[:, :d]).max() < 0.05
        wrong = [np.array(target)[:, :d] + step for step in (-0.3, 0.3)]
        assert nearest_option(found, [wrong[0], np.array(target)[:, :d], wrong[1]]) == 1


def test_a_hidden_object_is_an_error():
    shown = view(furnished(0), CameraPose(position=(0, 0, 1.5), yaw=0, horizon=20))
    mask = shown.ids == shown.ids[60, 48]
    reference = Reference(np.zeros((2, 2)), mask)
    with pytest.raises(ValueError, match="too few points"):
        measured_corners(shown, reference, reference, np.zeros_like(mask))


def test_a_view_without_a_level_surface_is_an_error_and_no_guess():
    wall = View(np.full((96, 96), 2.0), np.ones((96, 96), np.int64), CAMERA)  # upright, and nothing else
    action, reference = Action("move_forward_backward", "forward", 0.2), Reference(np.zeros((2, 2)), wall.ids == 1)
    for ask in (
        lambda: best_magnitude(wall, wall, [action]),
        lambda: best_image(wall, [wall], action),
        lambda: measured_corners(wall, reference, reference, wall.ids == 1),
    ):
        with pytest.raises(ValueError, match="no level surface"):
            ask()
