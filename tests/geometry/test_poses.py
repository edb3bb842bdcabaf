"""Poses and actions against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacenum.geometry.poses import (
    DIRECTIONS,
    Action,
    CameraPose,
    Motion,
    motion_between,
    motion_of,
    moved,
    pose_error,
    pose_from_matrix,
    world_from_camera,
)

metres = st.floats(-50, 50)
angles = st.floats(0, 359.99)
poses = st.builds(
    CameraPose,
    position=st.tuples(metres, metres, metres),
    yaw=angles,
    horizon=st.floats(-85, 85),
)
motions = st.builds(Motion, metres, metres, metres, st.floats(-179.9, 179.9), st.floats(-60, 60))


def values(motion: Motion) -> list[float]:
    return [motion.forward, motion.left, motion.up, motion.yaw, motion.pitch]


def turn_between(a: float, b: float) -> float:
    return abs((a - b + 180) % 360 - 180)


@given(poses)
def test_axes_of_the_camera_in_the_world(pose):
    matrix = world_from_camera(pose)
    y, h = np.radians([pose.yaw, pose.horizon])
    np.testing.assert_allclose(matrix[:3, 0], [np.sin(y), -np.cos(y), 0], atol=1e-12)  # right
    np.testing.assert_allclose(matrix[:3, 2], [np.cos(y) * np.cos(h), np.sin(y) * np.cos(h), -np.sin(h)], atol=1e-12)
    np.testing.assert_allclose(np.cross(matrix[:3, 2], matrix[:3, 0]), matrix[:3, 1], atol=1e-12)  # right-handed
    np.testing.assert_allclose(matrix[:, 3], [*pose.position, 1])


@given(poses)
def test_a_pose_survives_its_matrix(pose):
    back = pose_from_matrix(world_from_camera(pose))
    np.testing.assert_allclose(back.position, pose.position)
    assert turn_between(back.yaw, pose.yaw) < 1e-6
    assert back.horizon == pytest.approx(pose.horizon, abs=1e-6)


def test_a_rolled_camera_is_refused():
    roll = np.eye(4)
    roll[:2, :2] = [[np.cos(0.01), -np.sin(0.01)], [np.sin(0.01), np.cos(0.01)]]
    with pytest.raises(ValueError, match="rolled"):
        pose_from_matrix(world_from_camera(CameraPose(position=(0, 0, 0), yaw=30, horizon=20)) @ roll)


@pytest.mark.parametrize(
    ("group", "direction", "position", "yaw", "horizon"),
    [  # from (1, 2, 1.5) and looking along +Y, 20 degrees down
        ("move_forward_backward", "forward", (1, 2.4, 1.5), 90, 20),
        ("move_forward_backward", "backward", (1, 1.6, 1.5), 90, 20),
        ("move_left_right", "left", (0.6, 2, 1.5), 90, 20),
        ("move_left_right", "right", (1.4, 2, 1.5), 90, 20),
        ("rotate_left_right", "left", (1, 2, 1.5), 90.4, 20),
        ("rotate_left_right", "right", (1, 2, 1.5), 89.6, 20),
        ("rotate_up_down", "up", (1, 2, 1.5), 90, 19.6),
        ("rotate_up_down", "down", (1, 2, 1.5), 90, 20.4),
    ],
)
def test_an_action_does_what_its_words_say(group, direction, position, yaw, horizon):
    start = CameraPose(position=(1, 2, 1.5), yaw=90, horizon=20)
    end = moved(start, motion_of(Action(group, direction, 0.4)))
    np.testing.assert_allclose([*end.position, end.yaw, end.horizon], [*position, yaw, horizon], atol=1e-12)
    assert Action(group, direction, 0.4).unit == ("m" if "move" in group else "deg")


@given(poses)
def test_left_is_a_quarter_turn_counter_clockwise_from_the_heading(pose):
    ahead, left = (
        np.subtract(moved(pose, motion_of(Action(group, direction, 1.0))).position, pose.position)
        for group, direction in (("move_forward_backward", "forward"), ("move_left_right", "left"))
    )
    np.testing.assert_allclose(left, np.cross([0, 0, 1], ahead), atol=1e-9)


@given(poses, motions)
def test_motion_between_inverts_moved(start, motion):
    np.testing.assert_allclose(values(motion_between(start, moved(start, motion))), values(motion), atol=1e-9)


def test_no_group_takes_the_direction_of_another():
    for group, directions in DIRECTIONS.items():
        assert values(motion_of(Action(group, directions[0], 1.0))) == [
            -v for v in values(motion_of(Action(group, directions[1], 1.0)))
        ]
    assert motion_between(
        CameraPose(position=(0, 0, 0), yaw=350, horizon=0), CameraPose(position=(0, 0, 0), yaw=10, horizon=0)
    ).yaw == pytest.approx(20)


@pytest.mark.parametrize(("field", "kind"), [("forward", 0), ("left", 0), ("up", 0), ("yaw", 1), ("pitch", 1)])
def test_drift_on_any_axis_is_an_error(field, kind):
    commanded = motion_of(Action("move_forward_backward", "forward", 1.0))
    drifted = Motion(**{**vars(commanded), field: getattr(commanded, field) - 0.25})
    error = pose_error(commanded, drifted)
    assert error[kind] == pytest.approx(0.25)
    assert error[1 - kind] == 0


def test_angles_are_compared_around_the_circle():
    assert pose_error(Motion(0, 0, 0, 179.95, 0), Motion(0, 0, 0, -179.95, 0))[1] == pytest.approx(0.1)
