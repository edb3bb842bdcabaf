"""Images through the vision tower, each once however many questions show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import VisionInput

AT_ONCE = 64
"""Images in one pass of the vision tower."""


@dataclass(frozen=True)
class Encoded:
    """What the tower made of the images. features: by path, the parts that the language model takes of one image;
    the first is its embedding, the others (Qwen3-VL's deepstack) are added in the first layers. kind: the class of the
    tower's output. tiles: whether embeddings are [tiles, tokens, channels] (else [tokens, channels])."""

    features: dict[str, tuple[Tensor, ...]]
    kind: Any
    tiles: bool

    def argument(self, paths: Sequence[str]) -> dict[str, Any]:
        """The model's argument that hands over the images of a batch, in the order in which its rows show them."""
        if not paths:
            return {}
        first, *deeper = zip(*(self.features[path] for path in paths), strict=True)
        pooled = torch.cat(first) if self.tiles else first
        extra = {"deepstack_features": deeper} if hasattr(self.kind, "deepstack_features") else {}  # maybe of no layer
        return {"mm_encoder_outputs": {"image": self.kind(pooler_output=pooled, **extra)}}


@torch.inference_mode()
def encode(loaded: Loaded, pixels: dict[str, VisionInput]) -> Encoded:
    """All images of ``pixels`` through the tower, AT_ONCE at a time, like sizes together."""
    features: dict[str, tuple[Tensor, ...]] = {}
    kind, tiles = None, False
    paths = sorted(pixels, key=lambda path: (pixels[path].values.shape, path))
    for start in range(0, len(paths), AT_ONCE):
        some = paths[start : start + AT_ONCE]
        grids = [grid for path in some if (grid := pixels[path].grid) is not None]
        more = {"image_grid_thw": torch.cat(grids).to(loaded.device)} if grids else {}
        values = torch.cat([pixels[path].values for path in some]).to(loaded.device, loaded.model.dtype)
        found = loaded.model.get_image_features(pixel_values=values, return_dict=True, **more)
        kind, tiles = type(found), isinstance(found.pooler_output, Tensor)
        pooled = found.pooler_output
        if tiles:
            pooled = pooled.split([len(pixels[path].values) for path in some])
        layers = getattr(found, "deepstack_features", None) or []
        features |= dict(zip(some, zip(pooled, *layers, strict=True), strict=True))
    return Encoded(features, kind, tiles)
