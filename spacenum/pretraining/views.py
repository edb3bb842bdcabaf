"""The images of a training, decoded once and kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image as Picture
from torch import Tensor

from spacenum.frames.records import FrameRecord
from spacenum.frames.store import colour_of
from spacenum.pretraining.settings import MERGE

READERS = 8


@dataclass(frozen=True)
class Views:
    """rows: of each image, by path. images: [images, 3, side, side], 8 bits a colour."""

    rows: Mapping[str, int]
    images: Tensor

    @classmethod
    def read(cls, frames: Iterable[FrameRecord], root: Path, side: int) -> Views:
        """Resized to ``side`` as the model's processor does it. SpaceNumError if an image isn't the one that was
        rendered."""
        shown = list({frame.image: frame for frame in frames}.values())
        images = np.empty((len(shown), 3, side, side), np.uint8)

        def load(row: int) -> None:
            found = Picture.fromarray(colour_of(shown[row], root))
            images[row] = np.array(found.resize((side, side), Picture.Resampling.BICUBIC)).transpose(2, 0, 1)

        with ThreadPoolExecutor(READERS) as readers:
            list(readers.map(load, range(len(shown))))
        return cls({frame.image: row for row, frame in enumerate(shown)}, torch.from_numpy(images))

    def to(self, device: torch.device) -> Views:
        return Views(self.rows, self.images.to(device))

    def patches(self, rows: Tensor, mirrored: Tensor, gains: Tensor, patch: int) -> Tensor:
        """Images as the tower takes them, [images * patches, channels]; as its image
        processor makes them where gains are 1.

        mirrored: [images], whether left and right change places. gains: [images, 3], by which the colours are
        multiplied; 0 makes an image black.
        """
        images = self.images[rows]
        images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
        shown = (images.float() * gains[:, :, None, None]).clamp(0, 255) / 127.5 - 1
        count, side = len(rows), self.images.shape[-1] // (patch * MERGE)
        cut = shown.reshape(count, 3, side, MERGE, patch, side, MERGE, patch).permute(0, 2, 5, 3, 6, 1, 4, 7)
        twice = cut[:, :, :, :, :, :, None].expand(-1, -1, -1, -1, -1, -1, 2, -1, -1)  # one image is two moments
        return twice.reshape(count * (side * MERGE) ** 2, -1)
