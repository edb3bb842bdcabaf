"""What image tokens show: against closed forms, in rooms whose depth is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from spacenum.frames.records import FrameRecord
from spacenum.frames.store import ids_of
from spacenum.geometry.poses import CameraPose
from spacenum.variants.mirrored import mirrored_record
from tests.pretraining.rooms import CAMERA, SIDE, depth_of

torch = pytest.importorskip("torch")
from spacenum.pretraining.examples import Map  # noqa: E402
from spacenum.pretraining.families import QuestionMaker, Symmetry  # noqa: E402
from spacenum.pretraining.targets import (  # noqa: E402
    Scenery,
    Sensed,
    camera_aligned,
    mirrored_matches,
    places_in,
    shown_ids,
    soft_targets,
)

TOKEN = 8
TOKENS = SIDE // TOKEN
START = CameraPose(position=(0.5, -0.3, 1.4), yaw=20, horizon=10)


def sensed(pose: CameraPose, depth: np.ndarray | None = None) -> Sensed:
    frame = FrameRecord(
        id="f", scene="s", simulator="none", image="i", depth="d", ids="n", sha256=("", "", ""), camera=CAMERA,
        pose=pose, measured_pose=pose, instances=(),
    )  # fmt: skip
    return Sensed.of(frame, depth_of(pose) if depth is None else depth, TOKENS)


def test_the_same_view_matches_itself():
    places = places_in(sensed(START), sensed(START), TOKENS)
    column, row = np.meshgrid(np.arange(TOKENS), np.arange(TOKENS))
    middle = 0.5 / TOKEN  # a token's centre lies between pixels; the one behind it is taken
    assert places == pytest.approx(np.stack([column, row], -1).reshape(-1, 2) + middle, abs=middle)
    targets = soft_targets(torch.tensor(places), TOKENS)
    assert targets.sum(-1).allclose(torch.ones(()).double()) and targets.argmax(-1).equal(torch.arange(TOKENS**2))


def test_a_turn_is_a_homography_whatever_the_depth():
    level = START.model_copy(update={"horizon": 0.0})
    turned = level.model_copy(update={"yaw": level.yaw + 30})
    places = places_in(sensed(turned), sensed(level), TOKENS)
    middles = (np.arange(TOKENS) * TOKEN + TOKEN // 2 + 0.5 - SIDE / 2) / CAMERA.fx
    x, y = (axis.ravel() for axis in np.meshgrid(middles, middles))
    across = np.arctan(x) + np.radians(30)  # a left turn moves what is seen to the right
    u, v = np.tan(across), y / np.sqrt(1 + x**2) * np.sqrt(1 + np.tan(across) ** 2)
    inside = (across < np.pi / 2) & (np.abs(u) < 1) & (np.abs(v) < 1)
    assert (np.isfinite(places[:, 0]) == inside).all() and 20 < inside.sum() < 50
    expected = (np.stack([u, v], -1) * CAMERA.fx + SIDE / 2) / TOKEN - 0.5
    assert places[inside] == pytest.approx(np.clip(expected, 0, TOKENS - 1)[inside], abs=1e-6)


def test_what_is_hidden_or_too_far_is_no_target():
    step = START.model_copy(update={"position": (0.9, -0.3, 1.4)})
    free = places_in(sensed(step), sensed(START), TOKENS)
    blocked = depth_of(step)
    blocked[:, : SIDE // 2] = 0.5  # a post before the left half
    behind = places_in(sensed(step, blocked), sensed(START), TOKENS)
    left = free[:, 0] < (TOKENS - 1) / 2
    assert left.any() and np.isnan(behind[left]).all()
    assert np.array_equal(behind[~left], free[~left], equal_nan=True) and np.isfinite(free[~left]).any()
    assert np.isnan(places_in(sensed(step), sensed(START, np.full((SIDE, SIDE), 16.5)), TOKENS)).all()


def test_matches_in_flipped_images():
    turned = START.model_copy(update={"yaw": START.yaw + 30, "horizon": 0.0})
    places = torch.tensor(places_in(sensed(turned), sensed(START), TOKENS), dtype=torch.float32)
    x, y = places.reshape(TOKENS, TOKENS, 2)[3, 1]
    other = mirrored_matches(places, TOKENS).reshape(TOKENS, TOKENS, 2)[3, TOKENS - 2]
    assert other.tolist() == pytest.approx([TOKENS - 1 - float(x), float(y)])


def test_camera_aligned_coordinates():
    """Looking down by 45 degrees from 3 m, the ground's middle is 3 m ahead."""
    for yaw, ahead, right in (
        (0, (1, 0), (0, -1)),
        (-30, (1, 0), (0, -1)),
        (80, (0, 1), (1, 0)),
        (170, (-1, 0), (0, 1)),
    ):
        pose = CameraPose(position=(1.0, 2.0, 3.0), yaw=yaw, horizon=45)
        middle = np.array([1, 2]) + 3 * np.array([np.cos(np.radians(yaw)), np.sin(np.radians(yaw))])
        lower, upper = np.array([-0.2, 0.3, 0.0]), np.array([0.6, 0.4, 0.9])
        frame = type("Frame", (), {"measured_pose": pose})
        [seen] = camera_aligned(frame, np.concatenate([lower, lower, upper])[None])
        ways = np.array([[(corner[:2] - middle) @ axis for axis in (right, ahead)] for corner in (lower, upper)])
        assert seen[:3] == pytest.approx([*ways[0], 0.0])
        assert seen[3:] == pytest.approx([*ways.min(0), 0.0, *ways.max(0), 0.9])


@pytest.mark.parametrize("symmetry", [Symmetry(m, s) for m in (False, True) for s in (False, True)])
def test_where_the_maps_x_axis_points(families, symmetry):
    """From the first anchor to the second in camera-aligned coordinates, as the image shows it."""
    directions = {(0, 1): 0, (-1, 0): 1, (0, -1): 2, (1, 0): 3}  # right, away
    for views in families:
        if views.transition is not None:
            continue
        map_ = Map.of(QuestionMaker().mapped(views.items[0], symmetry), views.frames[0], symmetry)
        frame = mirrored_record(views.frames[0]) if symmetry.mirrored else views.frames[0]
        boxes = {one.category: np.ravel(one.box) for one in frame.instances}
        seen = [
            camera_aligned(frame, np.concatenate([boxes[name][:3], boxes[name]])[None])[0, 3:]
            for name in map_.roles[:2]
        ]
        first, second = ((box[:2] + box[3:5]) / 2 for box in seen)
        way = (second - first) / np.abs(second - first).max()
        assert map_.axis == directions[tuple(int(part) for part in way.round())]


def at_centres(ids: np.ndarray) -> np.ndarray:
    return ids[TOKEN // 2 :: TOKEN, TOKEN // 2 :: TOKEN].ravel().astype(int)


def category_of(frames, ids: torch.Tensor, names: tuple[str, ...]) -> torch.Tensor:
    """Of ids [frames, tokens]; -1 of what is no object."""
    known = [{one.id: names.index(one.category) for one in frame.instances} for frame in frames]
    return torch.tensor([[some.get(int(one), -1) for one in row] for some, row in zip(known, ids, strict=True)])


def test_a_token_shows_the_largest_object_that_fills_a_sixteenth_of_it():
    """Ids in an image of 2 by 2 tokens of 8 by 8 pixels: 1 is a wall, 2 and 3 are objects."""
    ids = np.ones((16, 16), np.int64)
    ids[0, :3] = 2  # 3 of 64 pixels of the first token
    ids[0, 12:], ids[1, 13:] = 2, 3  # 4 and 3 pixels of the second
    ids[8:11, 0:2], ids[8:12, 5:8] = 2, 3  # 6 and 12 of the third
    ids[12, 12] = 3  # one, at the centre of the fourth
    things = [SimpleNamespace(id=number, fixture=number == 1) for number in (1, 2, 3)]
    frame = cast(FrameRecord, SimpleNamespace(instances=things))
    assert shown_ids(frame, ids, 2).tolist() == [1, 2, 3, 3]


def test_tokens_on_objects_have_points_within_their_boxes(data, families):
    layouts = [one for one in families if one.transition is None]
    frames = list({frame.image: frame for one in layouts for frame in one.frames}.values())
    scenery = Scenery.of(layouts, frames, data.root, TOKENS)
    targets, everything = scenery.targets, torch.arange(len(frames))
    points, boxes = targets.positions[..., :3], targets.positions[..., 3:]
    on_objects = boxes[..., 0].isfinite()
    centres = torch.tensor(np.stack([at_centres(ids_of(frame, data.root)) for frame in frames]))
    on_objects &= centres.bool() & (targets.category == category_of(frames, centres, scenery.categories))
    assert on_objects.any() and not on_objects.all()
    assert (points >= boxes[..., :3] - 0.02)[on_objects].all() and (points <= boxes[..., 3:] + 0.02)[on_objects].all()
    flipped = targets.select(everything, torch.ones(len(frames), dtype=torch.bool))
    columns = torch.arange(TOKENS**2).reshape(TOKENS, TOKENS).flip(1).flatten()
    assert flipped.category.equal(targets.category[:, columns])
    centre = (flipped.positions[..., 3] + flipped.positions[..., 6]) / 2
    assert centre[on_objects[:, columns]].allclose(
        -((boxes[..., 0] + boxes[..., 3]) / 2)[:, columns][on_objects[:, columns]]
    )
