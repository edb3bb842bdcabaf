"""Dense matching: for every token of one view, where another view of the same room shows the same point.

Places are in tokens: (0, 0) is the centre of the upper left token, x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from spacenum.core.arrays import Array
from spacenum.frames.records import DEPTH_STEP_M, FrameRecord
from spacenum.frames.store import depth_of
from spacenum.geometry.camera import project, to_camera, to_world, unproject

TEMPERATURE = 0.07
FARTHEST_M = 65535 * DEPTH_STEP_M
TOLERANCE = 0.02  # of the depth, and as many metres: beyond it, something else is in front


def middles(pixels: int, side: int) -> NDArray[np.int64]:
    """Pixels in the middle of each of ``side`` tokens along an image."""
    return np.floor((np.arange(side) + 0.5) * pixels / side).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Sighting:
    """What one view's sensors say: depth in metres [h, w], that of its tokens' centres [tokens], and where these are in
    the world [tokens, 3], NaN where nothing is within reach."""

    frame: FrameRecord
    depth: Array
    distances: Array
    points: Array

    @classmethod
    def of(cls, frame: FrameRecord, depth: Array, side: int) -> Sighting:
        """side: tokens along a side of the image."""
        middle = middles(len(depth), side)
        near = np.where(depth < FARTHEST_M - DEPTH_STEP_M, depth, np.nan)
        points = unproject(near, frame.camera)[np.ix_(middle, middle)].reshape(-1, 3)
        return cls(frame, depth, points[:, 2], to_world(points, frame.measured_pose))


def places(seen: Sighting, other: Sighting, side: int) -> Array:
    """Where ``other`` shows the points of the tokens of ``seen``: [tokens, 2], NaN where it doesn't or they are hidden.

    A point is seen if its depth lies between those of the four pixels about it:
    one pixel's alone would miss slanted walls.
    """
    camera = other.frame.camera
    pixels, z = project(to_camera(seen.points, other.frame.measured_pose), camera)
    with np.errstate(invalid="ignore"):
        inside = (pixels >= 0).all(-1) & (pixels[:, 0] < camera.width) & (pixels[:, 1] < camera.height)
    size = np.array([camera.width, camera.height])
    columns, rows = np.clip(np.floor(np.where(inside[:, None], pixels, 1) - 0.5), 0, size - 2).astype(int).T
    about = np.stack([other.depth[rows + down, columns + right] for down in (0, 1) for right in (0, 1)])
    inside &= (z > about.min(0) - TOLERANCE * (1 + z)) & (z < about.max(0) + TOLERANCE * (1 + z))
    return np.where(inside[:, None], np.clip(pixels / size * side - 0.5, 0, side - 1), np.nan)


def places_among(frames: Sequence[FrameRecord], root: Path, side: int) -> Array:
    """Where each view of one room shows the tokens of each other one:
    [views, views, tokens, 2], first of which, then where.

    For transitions: a layout's camera stands still, so that nearly all of its tokens match the same place, which
    teaches where a token is and not what it shows.
    """
    views = [Sighting.of(frame, depth_of(frame, root), side) for frame in frames]
    return np.array([[places(one, other, side) for other in views] for one in views], dtype=np.float32)


def mirrored(where: Tensor, side: int) -> Tensor:
    """Places [..., tokens, 2] as they are when left and right change places in both views."""
    turned = where.unflatten(-2, (side, side)).flip(-2).flatten(-3, -2)
    return torch.stack([side - 1 - turned[..., 0], turned[..., 1]], -1)


def moved_by(where: Tensor, side: int) -> Tensor:
    """How far the points of the tokens move to their places [..., tokens, 2], as shares of the image's side."""
    steps = torch.arange(side, dtype=where.dtype)
    own = torch.stack([steps.repeat(side), steps.repeat_interleave(side)], -1)
    return (where - own) / side


def soft_targets(where: Tensor, side: int) -> Tensor:
    """Bilinear weights over the tokens of the other view, [..., tokens, side * side], from places [..., tokens, 2]."""
    x, y = (
        (1 - (axis[..., None] - torch.arange(side, device=where.device)).abs()).clamp(min=0)
        for axis in where.nan_to_num().unbind(-1)
    )
    return (y[..., :, None] * x[..., None, :]).flatten(-2)


def matching_loss(features: Tensor, others: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of picking the right token, and the share of tokens that pick one of the (up to four) right ones.

    features, others: [pairs, tokens, channels]. where: [pairs, tokens, 2].
    """
    targets = soft_targets(where, int(features.shape[1] ** 0.5))
    features, others = F.normalize(features.float(), dim=-1), F.normalize(others.float(), dim=-1)
    logp = F.log_softmax(features @ others.transpose(1, 2) / TEMPERATURE, -1)
    shared = where[..., 0].isfinite()
    picked = targets.gather(-1, logp.argmax(-1, keepdim=True))[..., 0] > 0
    return -(targets * logp).sum(-1)[shared].mean(), picked[shared].float().mean()


def staying(where: Tensor) -> float:
    """Share of the shared tokens whose own place in the other view is right."""
    own = soft_targets(where, int(where.shape[1] ** 0.5)).diagonal(dim1=-2, dim2=-1) > 0
    return float(own[where[..., 0].isfinite()].float().mean())
