"""Layouts for the tests of USD stages, and what a stage says when it is read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pxr import Usd, UsdGeom, UsdSemantics

from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.layouts import build_layout
from spacenum.scenes.spec import LayoutScene, Scale

PACK = load_pack("procedural")


def layout(scale: Scale = "room", seed: int = 0, variation: str = "both") -> LayoutScene:
    return build_layout(f"benchmark-{scale}-{seed:03d}", "benchmark", scale, variation, seed, PACK, 45.0)


@dataclass(frozen=True)
class Thing:
    """A labelled prim: size [3] of its untransformed box, authored position and yaw, its world box [2, 3]."""

    number: int
    name: str
    label: str
    size: NDArray[np.float64]
    position: NDArray[np.float64]
    yaw: float
    world: NDArray[np.float64]


def things(path: Path) -> dict[str, Thing]:
    """All labelled prims of a stage file, by their path."""
    stage = Usd.Stage.Open(str(path))
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1 and UsdGeom.GetStageUpAxis(stage) == "Z"
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_])
    labelled = [prim for prim in stage.Traverse() if prim.HasAPI(UsdSemantics.LabelsAPI, "class")]
    return {str(prim.GetPath()): _thing(prim, cache) for prim in labelled}


def _thing(prim: Usd.Prim, cache: UsdGeom.BBoxCache) -> Thing:
    (label,) = UsdSemantics.LabelsAPI(prim, "class").GetLabelsAttr().Get()
    own = cache.ComputeUntransformedBound(prim).ComputeAlignedRange()
    world = cache.ComputeWorldBound(prim).ComputeAlignedRange()
    translate, rotate = UsdGeom.Xformable(prim).GetOrderedXformOps()
    return Thing(
        prim.GetCustomDataByKey("spacenum:id"), prim.GetCustomDataByKey("spacenum:name"), label,
        np.array(own.GetSize()), np.array(translate.Get()), rotate.Get()[2],
        np.array([world.GetMin(), world.GetMax()]),
    )  # fmt: skip
