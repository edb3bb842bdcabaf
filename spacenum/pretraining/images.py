"""The images of a training, decoded once and kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image as Picture
from torch import Tensor

from spacenum.frames.records import FrameRecord
from spacenum.frames.store import colour_of
from spacenum.pretraining.settings import MERGE

READERS = 8
FromFrame = TypeVar("FromFrame")


def in_threads(make: Callable[[FrameRecord], FromFrame], frames: Sequence[FrameRecord]) -> list[FromFrame]:
    """What ``make`` makes of each frame, in order."""
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(make, frames))


@dataclass(frozen=True)
class Images:
    """rows: of each image, by path. pixels: [images, 3, side, side], 8 bits a colour."""

    rows: Mapping[str, int]
    pixels: Tensor

    @classmethod
    def read(cls, frames: Iterable[FrameRecord], root: Path, side: int) -> Images:
        """Resized to ``side`` as the model's processor does it. SpaceNumError if an image isn't the one that was
        rendered."""
        shown = list({frame.image: frame for frame in frames}.values())

        def load(frame: FrameRecord) -> np.ndarray:
            found = Picture.fromarray(colour_of(frame, root)).resize((side, side), Picture.Resampling.BICUBIC)
            return np.array(found).transpose(2, 0, 1)

        pixels = torch.from_numpy(np.stack(in_threads(load, shown)))
        return cls({frame.image: row for row, frame in enumerate(shown)}, pixels)

    def to(self, device: torch.device) -> Images:
        return Images(self.rows, self.pixels.to(device))

    def patches(self, rows: Tensor, mirrored: Tensor, gains: Tensor, patch: int) -> Tensor:
        """Images as the tower takes them, [images * patches, channels]; as its image processor makes them where gains
        are 1.

        mirrored: [images], which are flipped left to right. gains: [images, 3], factors of the colours; 0 makes an
        image black.
        """
        images = self.pixels[rows]
        images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
        shown = (images.float() * gains[:, :, None, None]).clamp(0, 255) / 127.5 - 1
        count, side = len(rows), self.pixels.shape[-1] // (patch * MERGE)
        cut = shown.reshape(count, 3, side, MERGE, patch, side, MERGE, patch).permute(0, 2, 5, 3, 6, 1, 4, 7)
        twice = cut[:, :, :, :, :, :, None].expand(-1, -1, -1, -1, -1, -1, 2, -1, -1)  # one image is two moments
        return twice.reshape(count * (side * MERGE) ** 2, -1)
