"""Classical geometry recovers known motions in rooms that are ray-cast here, and never guesses."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from scipy.spatial.transform import Rotation

from spacenum.asking.base import Context
from spacenum.asking.settings import ModelConfig
from spacenum.frames.records import FrameRecord
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import Action, CameraPose, motion_of, moved, world_from_camera
from spacenum.items.schema import (
    LETTERS,
    Image,
    Text,
    TransitionItem,
    TransitionOption,
    TransitionQuality,
    TransitionTruth,
)
from spacenum.models.baselines.classical_geometry import (
    camera_height_m,
    common_pitch,
    estimate,
    features,
    levelled,
    load,
    rotation,
)
from spacenum.simulators.blender.settings import CAMERA_HEIGHT_M

CAMERA = Intrinsics.from_vertical_fov(320, 320, 90)
LOW, HIGH = np.array([-3.0, -3.5, 0.0]), np.array([3.5, 3.0, 2.6])
QUALITY = TransitionQuality(overlap=0.5, shared_anchors=3, pose_error=0, option_difference=0.1)
CONFIG = ModelConfig(kind="baseline", backend="baselines.classical_geometry")


def photograph(pose, bare_floor=False):
    """A box room whose faces are patchworks of grey rectangles, at twice the resolution and then averaged."""
    n = 2 * CAMERA.width
    v, u = (np.mgrid[0:n, 0:n] + 0.5) / 2
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones_like(u)], axis=-1)
    matrix = world_from_camera(pose)
    rays, eye = rays @ matrix[:3, :3].T, matrix[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rays > 0, (HIGH - eye) / rays, np.where(rays < 0, (LOW - eye) / rays, np.inf))
    axis = reach.argmin(axis=-1)
    points = eye + rays * reach.min(axis=-1, keepdims=True)
    grey = np.zeros(axis.shape)
    for k in range(3):
        for high in (False, True):
            face = (axis == k) & ((np.take_along_axis(rays, axis[..., None], -1)[..., 0] > 0) == high)
            shades = np.random.default_rng([k, high]).uniform(40, 220, (40, 40))
            if bare_floor and k == 2 and not high:
                shades[:] = 130
            i, j = (np.floor((points[face][:, m] + 4) / 0.23).astype(int) for m in range(3) if m != k)
            grey[face] = shades[np.clip(i, 0, 39), np.clip(j, 0, 39)]
    small = grey.reshape(320, 2, 320, 2).mean(axis=(1, 3))
    return np.repeat(small[..., None], 3, axis=2).round().astype(np.uint8)


def pair(action, horizon, **look):
    start = CameraPose(position=(0.2, -0.1, 1.5), yaw=25, horizon=horizon)
    return [features(photograph(p, **look), CAMERA) for p in (start, moved(start, motion_of(action)))]


@pytest.mark.parametrize(
    ("group", "direction", "horizon"),
    [
        ("rotate_left_right", "left", 10),
        ("rotate_left_right", "right", 0),
        ("rotate_up_down", "up", 40),
        ("rotate_up_down", "down", -20),
    ],
)
@pytest.mark.parametrize("degrees", [10, 70])
def test_angles_within_a_degree(group, direction, horizon, degrees):
    before, after = pair(Action(group, direction, degrees), horizon)
    assert estimate(before, after, group, direction, CAMERA_HEIGHT_M) == pytest.approx(degrees, abs=1)
    other = {"left": "right", "right": "left", "up": "down", "down": "up"}[direction]
    assert estimate(before, after, group, other, CAMERA_HEIGHT_M) == pytest.approx(-degrees, abs=1)


@pytest.mark.parametrize(
    ("group", "direction", "horizon", "metres"),
    [
        ("move_forward_backward", "forward", 10, 0.4),
        ("move_forward_backward", "forward", 20, 1.6),
        ("move_forward_backward", "backward", 10, 1.0),
        ("move_left_right", "left", 20, 0.6),
        ("move_left_right", "right", 10, 1.2),
    ],
)
def test_moves_within_a_twentieth(group, direction, horizon, metres):
    before, after = pair(Action(group, direction, metres), horizon)
    assert common_pitch(before, after) == pytest.approx(horizon, abs=1)
    assert estimate(before, after, group, direction, CAMERA_HEIGHT_M) == pytest.approx(metres, rel=0.05)


@pytest.mark.parametrize("pitch", [0, 20])
@pytest.mark.parametrize("degrees", [15, 45])
def test_angle_of_a_warped_picture(pitch, degrees):
    """A picture that only turns about the vertical: no room, and the pitch is given."""
    picture = cv2.GaussianBlur(np.random.default_rng(1).uniform(0, 255, (320, 320, 3)), (0, 0), 2.5)
    picture = cv2.normalize(picture, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    k = np.array([[CAMERA.fx, 0, CAMERA.cx - 0.5], [0, CAMERA.fy, CAMERA.cy - 0.5], [0, 0, 1]])
    down = np.array([0, np.cos(np.radians(pitch)), np.sin(np.radians(pitch))])
    turn = Rotation.from_rotvec(np.radians(degrees) * down).as_matrix()
    warped = cv2.warpPerspective(picture, k @ turn @ np.linalg.inv(k), (320, 320))
    before, after = features(picture, CAMERA), features(warped, CAMERA)
    found = rotation(levelled(before.rays, pitch), levelled(after.rays, pitch), before, after, axis=1)
    assert found == pytest.approx(degrees, abs=1)


@pytest.mark.parametrize("group", ["move_left_right", "rotate_left_right", "rotate_up_down"])
def test_blank_images_tell_nothing(group):
    blank = features(np.full((320, 320, 3), 128, np.uint8), CAMERA)
    with pytest.raises(ValueError, match=r"agree|upright"):
        estimate(blank, blank, group, "up" if group == "rotate_up_down" else "left", CAMERA_HEIGHT_M)


def test_repeatable():
    first, second = (pair(Action("move_left_right", "left", 0.6), 10) for _ in range(2))
    assert estimate(*first, "move_left_right", "left", CAMERA_HEIGHT_M) == estimate(
        *second, "move_left_right", "left", CAMERA_HEIGHT_M
    )


@pytest.fixture
def put(tmp_path):
    """put(group, direction, magnitudes, horizon, blank) -> the answers to a family's eight items, and the items."""

    def frame(name, pixels):
        Pillow.fromarray(pixels).save(tmp_path / name)
        pose = CameraPose(position=(0, 0, 0), yaw=0, horizon=0)  # of no use to the baseline
        return FrameRecord(
            id=name,
            scene="s",
            simulator="fake",
            image=name,
            depth="none",
            ids="none",
            sha256=("", "", ""),
            camera=CAMERA,
            pose=pose,
            measured_pose=pose,
            instances=(),
        )

    def answers(group, direction, magnitudes, horizon=10, blank=False, offered=None):
        start = CameraPose(position=(0.2, -0.1, 1.5), yaw=25, horizon=horizon)
        poses = [start] + [moved(start, motion_of(Action(group, direction, m))) for m in magnitudes]
        empty = np.zeros((320, 320, 3), np.uint8)
        frames = [frame(f"{k}.png", empty if blank else photograph(pose)) for k, pose in enumerate(poses)]
        unit = "m" if group.startswith("move") else "deg"
        items = []
        for task in ("num2space", "space2num"):
            for k, magnitude in enumerate(offered or magnitudes):
                images = ["0.png"] if task == "num2space" else ["0.png", f"{k + 1}.png"]
                options = [
                    TransitionOption(
                        letter=letter, value=m, unit=unit, image=f"{i + 1}.png" if task == "num2space" else None
                    )
                    for i, (letter, m) in enumerate(zip(LETTERS, offered or magnitudes, strict=True))
                ]
                items.append(
                    TransitionItem(
                        id=f"{task}.{k}",
                        split="benchmark",
                        variant="base",
                        task=task,
                        cell=f"transition.{task}.{group}",
                        family="f",
                        scene="s",
                        simulator="fake",
                        prompt=[Text(text="?"), *(Image(image=i) for i in images)],
                        answer=LETTERS[k],
                        group=group,
                        options=options,
                        truth=TransitionTruth(direction=direction, magnitude=magnitude, unit=unit),
                        quality=QUALITY,
                    )
                )
        context = Context(frames={f.image: f for f in frames}, root=tmp_path, seed=0)
        return list(load(CONFIG, context).answer(items)), items

    return answers


@pytest.mark.parametrize(
    ("group", "direction", "magnitudes"),
    [
        ("rotate_left_right", "right", [30.0, 10.0, 60.0, 40.0]),
        ("move_forward_backward", "forward", [1.0, 0.2, 1.6, 0.6]),
        ("move_left_right", "left", [0.4, 1.2, 1.0, 0.2]),
    ],
)
def test_answers_a_family(put, group, direction, magnitudes):
    answers, items = put(group, direction, magnitudes)
    assert [a.letter for a in answers] == [item.answer for item in items]


def test_black_images_are_unparsed(put):
    answers, _ = put("move_left_right", "left", [0.4, 1.2, 1.0, 0.2], blank=True)
    assert {a.outcome for a in answers} == {"unparsed"}
    assert all(a.reason for a in answers)


def test_an_estimate_near_no_option_is_unparsed(put):
    answers, _ = put("rotate_left_right", "left", [10.0, 12.0, 14.0, 16.0], offered=[40.0, 50.0, 60.0, 70.0])
    assert {a.outcome for a in answers} == {"unparsed"}
    assert "near no" in answers[-1].reason and "no image is near" in answers[0].reason


def test_a_full_turn_the_other_way_is_the_same(put):
    """Left by 320 degrees ends where right by 40 degrees ends."""
    answers, items = put("rotate_left_right", "left", [350.0, 340.0, 320.0, 300.0])
    assert [a.letter for a in answers] == [item.answer for item in items]


def test_a_camera_stands_as_high_as_its_simulator_tells():
    heights = {name: camera_height_m(name) for name in ("blender", "ai2thor", "isaacsim", "blender-double")}
    assert heights == {"blender": 1.5, "ai2thor": 1.575, "isaacsim": 1.5, "blender-double": 1.5}
