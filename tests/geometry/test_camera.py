"""The pinhole camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacenum.geometry.camera import Intrinsics, project, to_camera, to_world, unproject
from spacenum.geometry.poses import CameraPose

cameras = st.builds(Intrinsics.from_vertical_fov, st.integers(2, 40), st.integers(2, 40), st.floats(10, 150))


@pytest.mark.parametrize(("fov", "focal"), [(90, 120), (2 * np.degrees(np.arctan(0.5)), 240)])
def test_focal_length(fov, focal):
    camera = Intrinsics.from_vertical_fov(320, 240, fov)
    assert camera.fx == camera.fy == pytest.approx(focal)
    assert (camera.cx, camera.cy) == (160, 120)


@given(cameras, st.integers(0, 2**32 - 1))
def test_project_undoes_unproject(camera, seed):
    depth = np.random.default_rng(seed).uniform(0.1, 20, (camera.height, camera.width))
    pixels, z = project(unproject(depth, camera), camera)
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    np.testing.assert_allclose(pixels, np.stack([u + 0.5, v + 0.5], axis=-1), atol=1e-6)
    np.testing.assert_allclose(z, depth)


@given(st.floats(0, 360), st.floats(-60, 60), st.lists(st.floats(-9, 9), min_size=3, max_size=3))
def test_to_world_undoes_to_camera(yaw, horizon, point):
    pose = CameraPose(position=(1, -2, 1.5), yaw=yaw, horizon=horizon)
    np.testing.assert_allclose(to_world(to_camera(np.array(point), pose), pose), point, atol=1e-9)


@given(st.floats(0, 360), st.floats(-60, 60))
def test_right_is_right_and_up_is_up_in_the_image(yaw, horizon):
    camera = Intrinsics.from_vertical_fov(100, 100, 90)
    pose = CameraPose(position=(1, -2, 1.5), yaw=yaw, horizon=horizon)
    y, h = np.radians([yaw, horizon])
    ahead = np.array(pose.position) + 2 * np.array([np.cos(y) * np.cos(h), np.sin(y) * np.cos(h), -np.sin(h)])
    aside, above = np.array([np.sin(y), -np.cos(y), 0]), np.array([0, 0, 1])
    (centre, right, up), depth = project(to_camera(np.array([ahead, ahead + aside, ahead + above]), pose), camera)
    np.testing.assert_allclose(centre, [50, 50], atol=1e-9)
    np.testing.assert_allclose(right, [75, 50], atol=1e-9)  # 1 m aside at 2 m is half of the half image
    assert up[1] < 50 and up[0] == pytest.approx(50)
    assert depth[:2] == pytest.approx(2)


def test_nothing_behind_the_camera_has_a_pixel():
    pixels, depth = project(np.array([[0.1, 0.1, -1.0], [0.0, 0.0, 0.0]]), Intrinsics.from_vertical_fov(10, 10, 90))
    assert np.isnan(pixels).all() and depth.tolist() == [-1, 0]
