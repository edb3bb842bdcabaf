"""What each visual token shows, known from a frame's depth and ids: how far away it is, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spacenum.frames.records import FrameRecord
from spacenum.frames.store import depth_of, ids_of
from spacenum.pretraining.matching import Sighting, middles
from spacenum.pretraining.views import READERS
from spacenum.tuning.examples import IGNORED


@dataclass(frozen=True)
class Seen:
    """Of all images, in their order. logs: of the depth in metres at their tokens' centres, NaN beyond reach; names:
    places in ``categories`` of what is there, IGNORED where nothing is known. Both are [images, tokens]. fixtures:
    places of categories that are parts of the building, such as floors."""

    logs: Tensor
    names: Tensor
    categories: tuple[str, ...]
    fixtures: tuple[int, ...]

    @classmethod
    def of(cls, frames: Sequence[FrameRecord], root: Path, side: int) -> Seen:
        """side: tokens along a side of an image."""
        instances = [instance for frame in frames for instance in frame.instances]
        categories = tuple(sorted({instance.category for instance in instances}))
        number = {name: place for place, name in enumerate(categories)}

        def read(frame: FrameRecord) -> tuple[np.ndarray, np.ndarray]:
            return _logs(frame, root, side), _names(frame, root, side, number)

        with ThreadPoolExecutor(READERS) as readers:
            found = list(readers.map(read, frames))
        logs, names = (np.stack(part) for part in zip(*found, strict=True))
        fixtures = sorted({number[instance.category] for instance in instances if instance.fixture})
        return cls(torch.from_numpy(logs), torch.from_numpy(names), categories, tuple(fixtures))

    def weights(self) -> Tensor:
        """How much each category counts, [categories]: less the more tokens show it,
        or floors and walls would be all that is learnt."""
        counts = torch.bincount(self.names[self.names != IGNORED], minlength=len(self.categories))
        return counts.clamp(min=1).float().rsqrt()

    def is_object(self, names: Tensor) -> Tensor:
        """Which of ``names`` are neither fixtures nor IGNORED."""
        return ~torch.isin(names, torch.tensor([IGNORED, *self.fixtures], device=names.device))

    def shown(self, rows: Tensor, mirrored: Tensor) -> tuple[Tensor, Tensor]:
        """Log depths and names of images as they are shown, [images, tokens] each. rows: which; mirrored:
        with left and right exchanged."""
        logs, names = (flipped(values[rows.cpu()].to(mirrored.device), mirrored) for values in (self.logs, self.names))
        return logs, names


def flipped(values: Tensor, mirrored: Tensor) -> Tensor:
    """Values of tokens [images, tokens, ...] with left and right exchanged in those images that are ``mirrored``."""
    side = round(values.shape[1] ** 0.5)
    turned = values.unflatten(1, (side, side)).flip(2).flatten(1, 2)
    return torch.where(mirrored.reshape(-1, *[1] * (values.dim() - 1)), turned, values)


def _logs(frame: FrameRecord, root: Path, side: int) -> np.ndarray:
    return np.log(Sighting.of(frame, depth_of(frame, root), side).distances).astype(np.float32)


def _names(frame: FrameRecord, root: Path, side: int, number: dict[str, int]) -> np.ndarray:
    if not frame.instances:
        return np.full(side**2, IGNORED)
    middle = middles(frame.camera.width, side)
    ids = ids_of(frame, root)[np.ix_(middle, middle)].ravel()
    known = {instance.id: number[instance.category] for instance in frame.instances}
    return np.array([known.get(int(one), IGNORED) for one in ids])


def depth_error(said: Tensor, logs: Tensor) -> Tensor:
    """Mean absolute difference of logarithms, where there is a depth."""
    known = logs.isfinite()
    return (said - logs)[known].abs().mean()
