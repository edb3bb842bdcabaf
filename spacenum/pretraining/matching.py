"""Dense matching: for every token of one view, where another view of the same room shows the same point.

Places are in tokens: (0, 0) is the centre of the upper left token, x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from spacenum.frames.records import DEPTH_STEP_M, FrameRecord, TransitionFamily
from spacenum.frames.store import read_depth
from spacenum.geometry.camera import project, to_camera, to_world, unproject

Array = NDArray[np.float64]

TEMPERATURE = 0.07
FARTHEST_M = 65535 * DEPTH_STEP_M
TOLERANCE = 0.02  # of the depth, and as many metres: beyond it, something else is in front
FEWEST = 4  # tokens that two views must share to be a pair


@dataclass(frozen=True, eq=False)
class Sighting:
    """What one view's sensors say: depth in metres [h, w], that of its tokens' centres [tokens], and where these are in the
    world [tokens, 3], NaN where nothing is within reach."""

    frame: FrameRecord
    depth: Array
    distances: Array
    points: Array

    @classmethod
    def of(cls, frame: FrameRecord, depth: Array, token_px: int) -> Sighting:
        """token_px: pixels along a token."""
        middle = slice(token_px // 2, None, token_px)
        near = np.where(depth < FARTHEST_M - DEPTH_STEP_M, depth, np.nan)
        points = unproject(near, frame.camera)[middle, middle].reshape(-1, 3)
        return cls(frame, depth, points[:, 2], to_world(points, frame.measured_pose))


def places(seen: Sighting, other: Sighting, token_px: int) -> Array:
    """Where ``other`` shows the points of the tokens of ``seen``: [tokens, 2], NaN where it doesn't or they are hidden.

    A point is seen if its depth lies between those of the four pixels about it: one pixel's alone would miss slanted walls.
    """
    camera = other.frame.camera
    pixels, z = project(to_camera(seen.points, other.frame.measured_pose), camera)
    with np.errstate(invalid="ignore"):
        inside = (pixels >= 0).all(-1) & (pixels[:, 0] < camera.width) & (pixels[:, 1] < camera.height)
    size = np.array([camera.width, camera.height])
    columns, rows = np.clip(np.floor(np.where(inside[:, None], pixels, 1) - 0.5), 0, size - 2).astype(int).T
    about = np.stack([other.depth[rows + down, columns + right] for down in (0, 1) for right in (0, 1)])
    inside &= (z > about.min(0) - TOLERANCE * (1 + z)) & (z < about.max(0) + TOLERANCE * (1 + z))
    last = size // token_px - 1
    return np.where(inside[:, None], np.clip(pixels / token_px - 0.5, 0, last), np.nan)


@dataclass(frozen=True)
class Pairs:
    """Views of one room, two by two. first, second: rows of their images. places: [pairs, tokens, 2]."""

    first: Tensor
    second: Tensor
    places: Tensor

    def __len__(self) -> int:
        return len(self.first)


def pairs_of(
    families: Sequence[TransitionFamily],
    frames: Mapping[str, FrameRecord],
    rows: Mapping[str, int],
    root: Path,
    token_px: int,
) -> Pairs:
    """All views of each family with all others of it, both ways; those that share FEWEST tokens or more.

    Transitions alone: a layout's camera stands still, so that nearly all of its tokens match the same place, which teaches
    where a token is and not what it shows. frames: by id. rows: of the images, by path.
    """
    found: list[tuple[int, int, Array]] = []
    for family in families:
        names = [family.start, *(end.frame for end in family.ends)]
        views = [Sighting.of(frames[n], read_depth(root / frames[n].depth), token_px) for n in names]
        for a, b in permutations(views, 2):
            where = places(a, b, token_px)
            if np.isfinite(where[:, 0]).sum() >= FEWEST:
                found.append((rows[a.frame.image], rows[b.frame.image], where))
    first, second, everywhere = zip(*found, strict=True) if found else ((), (), ())
    return Pairs(torch.tensor(first), torch.tensor(second), torch.tensor(np.array(everywhere), dtype=torch.float32))


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
