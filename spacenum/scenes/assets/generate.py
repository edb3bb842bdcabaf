"""Runs the generators of assets that are code."""

from __future__ import annotations

import importlib

import numpy as np

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.manifest import Asset
from spacenum.scenes.assets.mesh import Part, bounds
from spacenum.scenes.spec import PlacedObject

SIZE_TOLERANCE_M = 1e-4


def generate(asset: Asset, placed: PlacedObject) -> list[Part]:
    """Run an asset's generator; its mesh must fill the size that the scene asks for, or SpaceNumError says so."""
    module = importlib.import_module(f"spacenum.scenes.assets.procedural.{asset.file.removesuffix('.py')}")
    parts: list[Part] = module.build(placed.size, np.random.default_rng(placed.seed))
    low, high = bounds(parts)
    expected = np.array(
        [[-placed.size[0] / 2, -placed.size[1] / 2, 0], [placed.size[0] / 2, placed.size[1] / 2, placed.size[2]]]
    )
    if np.abs(np.stack([low, high]) - expected).max() > SIZE_TOLERANCE_M:
        raise SpaceNumError(
            f"{asset.file}: built '{placed.name}' as {(high - low).round(4).tolist()} m from {low.round(4).tolist()}, "
            f"not as the {list(placed.size)} m that the scene asks for; end the generator with fit(parts, size)"
        )
    return parts
