"""Depth: how far away is what each token shows? Pictures matched to each other tell a move but for its metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spacenum.frames.records import FrameRecord
from spacenum.frames.store import read_depth
from spacenum.pretraining.matching import Array, Sighting
from spacenum.pretraining.views import READERS


@dataclass(frozen=True)
class Distances:
    """rows: of images. logs: of the depth in metres of their tokens' centres, [images, tokens], NaN beyond reach."""

    rows: Tensor
    logs: Tensor

    @classmethod
    def of(cls, frames: Sequence[FrameRecord], rows: Mapping[str, int], root: Path, token_px: int) -> Distances:
        """Of frames of any setting. rows: of the images, by path."""

        def read(frame: FrameRecord) -> Array:
            return Sighting.of(frame, read_depth(root / frame.depth), token_px).distances

        with ThreadPoolExecutor(READERS) as readers:
            metres = list(readers.map(read, frames))
        return cls(torch.tensor([rows[frame.image] for frame in frames]), torch.tensor(np.log(metres)).float())

    def __len__(self) -> int:
        return len(self.rows)


def depth_error(said: Tensor, logs: Tensor) -> Tensor:
    """Mean absolute difference of logarithms, where there is a depth."""
    known = logs.isfinite()
    return (said - logs)[known].abs().mean()


def unseen_error(learnt: Distances, tested: Distances) -> float:
    """What the usual depth of each place in the image would give, without looking."""
    usual = learnt.logs.nanmedian(0).values
    return float(depth_error(usual.expand_as(tested.logs), tested.logs))
