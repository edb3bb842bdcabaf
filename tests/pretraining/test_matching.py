"""Where another view shows the same point: against closed forms, in a room whose depth is known."""

from __future__ import annotations

import numpy as np
import pytest

from spacenum.frames.records import FrameRecord
from spacenum.geometry.poses import CameraPose
from tests.pretraining.rooms import CAMERA, SIDE, depth_of

torch = pytest.importorskip("torch")
from spacenum.pretraining.matching import (  # noqa: E402
    Sighting,
    matching_loss,
    mirrored,
    moved_by,
    places,
    soft_targets,
)

TOKEN = 8
TOKENS = SIDE // TOKEN


def seen(pose: CameraPose, depth: np.ndarray | None = None) -> Sighting:
    frame = FrameRecord(
        id="f", scene="s", simulator="none", image="i", depth="d", ids="n", sha256=("", "", ""), camera=CAMERA,
        pose=pose, measured_pose=pose, instances=(),
    )  # fmt: skip
    return Sighting.of(frame, depth_of(pose) if depth is None else depth, TOKENS)


START = CameraPose(position=(0.5, -0.3, 1.4), yaw=20, horizon=10)


def test_the_same_view_matches_itself():
    where = places(seen(START), seen(START), TOKENS)
    column, row = np.meshgrid(np.arange(TOKENS), np.arange(TOKENS))
    middle = 0.5 / TOKEN  # a token's middle lies between pixels; the one behind it is taken
    assert where == pytest.approx(np.stack([column, row], -1).reshape(-1, 2) + middle, abs=middle)
    targets = soft_targets(torch.tensor(where), TOKENS)
    assert targets.sum(-1).allclose(torch.ones(()).double()) and targets.argmax(-1).equal(torch.arange(TOKENS**2))
    features = 40 * torch.eye(TOKENS**2)[None]
    loss, hits = matching_loss(features, features, torch.tensor(where)[None])
    assert hits == 1 and loss < 2


def test_a_turn_is_a_homography_whatever_the_depth():
    level = START.model_copy(update={"horizon": 0.0})
    turned = level.model_copy(update={"yaw": level.yaw + 30})
    where = places(seen(level), seen(turned), TOKENS)
    middles = (np.arange(TOKENS) * TOKEN + TOKEN // 2 + 0.5 - SIDE / 2) / CAMERA.fx
    x, y = (axis.ravel() for axis in np.meshgrid(middles, middles))
    across = np.arctan(x) + np.radians(30)  # a left turn moves what is seen to the right
    u, v = np.tan(across), y / np.sqrt(1 + x**2) * np.sqrt(1 + np.tan(across) ** 2)
    inside = (across < np.pi / 2) & (np.abs(u) < 1) & (np.abs(v) < 1)
    assert (np.isfinite(where[:, 0]) == inside).all() and 20 < inside.sum() < 50
    expected = (np.stack([u, v], -1) * CAMERA.fx + SIDE / 2) / TOKEN - 0.5
    assert where[inside] == pytest.approx(np.clip(expected, 0, TOKENS - 1)[inside], abs=1e-6)


def test_what_is_hidden_or_too_far_is_no_target():
    step = START.model_copy(update={"position": (0.9, -0.3, 1.4)})
    free = places(seen(START), seen(step), TOKENS)
    blocked = depth_of(step)
    blocked[:, : SIDE // 2] = 0.5  # a post before the left half
    behind = places(seen(START), seen(step, blocked), TOKENS)
    left = free[:, 0] < (TOKENS - 1) / 2
    assert left.any() and np.isnan(behind[left]).all()
    assert np.array_equal(behind[~left], free[~left], equal_nan=True) and np.isfinite(free[~left]).any()
    assert np.isnan(places(seen(START, np.full((SIDE, SIDE), 16.5)), seen(step), TOKENS)).all()


def test_what_is_mirrored_moves_the_other_way():
    """The places in two flipped photos, from the places in the photos themselves."""
    turned = START.model_copy(update={"yaw": START.yaw + 30, "horizon": 0.0})
    where = torch.tensor(places(seen(START), seen(turned), TOKENS), dtype=torch.float32)
    flipped = mirrored(where, TOKENS)
    row, column = 3, 1
    x, y = where.reshape(TOKENS, TOKENS, 2)[row, column]
    other = flipped.reshape(TOKENS, TOKENS, 2)[row, TOKENS - 1 - column]
    assert other.tolist() == pytest.approx([TOKENS - 1 - float(x), float(y)])
    across = moved_by(where, TOKENS)[..., 0].nanmean()
    assert across > 0.1 and float(moved_by(flipped, TOKENS)[..., 0].nanmean()) == pytest.approx(
        -float(across), abs=1e-6
    )
