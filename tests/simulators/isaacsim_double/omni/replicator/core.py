"""Render products, annotators and the orchestrator, over a ray caster of boxes."""

from __future__ import annotations

import os
import sys
import time
from types import SimpleNamespace

import numpy as np
from isaacsim import FAULT, record, rendered
from pxr import Usd, UsdGeom, UsdSemantics

import omni.usd
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import pose_from_matrix
from tests.geometry.raycast import sense

record("import omni.replicator.core")
FAR = [[-50, -50, -50], [50, 50, 50]]
_shown: dict[str, object] = {}
_before: list[np.ndarray] = []


class _Product:
    def __init__(self, camera: str, resolution: tuple[int, int]) -> None:
        record("render_product")
        self.camera, self.resolution, self.alive = camera, resolution, True

    def destroy(self) -> None:
        record("destroy")
        self.alive = False


class _Annotator:
    def __init__(self, name: str, init_params: dict | None = None) -> None:
        if name == "instance_segmentation" and (init_params or {}).get("colorize") is not False:
            raise RuntimeError("colours, where ids are wanted")
        self.name, self.product = name, None

    def attach(self, product: _Product) -> None:
        record(f"attach {self.name}")
        self.product = product
        _attached.append(self)

    def detach(self) -> None:
        record(f"detach {self.name}")
        _attached.remove(self)
        self.product = None

    def get_data(self) -> object:
        record(f"get_data {self.name}")
        return _shown[self.name]


_attached: list[_Annotator] = []


class _Orchestrator:
    def set_capture_on_play(self, on: bool) -> None:
        record(f"set_capture_on_play {on}")

    def step(self, delta_time: float, rt_subframes: int) -> None:
        record("step")
        _fail_if_asked()
        _shown.clear()
        products = {annotator.product for annotator in _attached}
        for product in products:
            assert product.alive and rt_subframes >= 1 and delta_time == 0.0
            _shown.update(_pictured(_render(product)))

    def wait_until_complete(self) -> None:
        record("wait_until_complete")


def _pictured(annotations: dict[str, object]) -> dict[str, object]:
    """The annotations with the colour that a faulty engine gives them: black, or of the frame before."""
    colour = np.asarray(annotations["rgb"])
    before = _before[-1] if _before else colour
    _before[:] = [colour]
    shown = {"black": np.zeros_like(colour), "lags": before}.get(FAULT, colour)
    return {**annotations, "rgb": shown}


def _fail_if_asked() -> None:
    kind, _, number = FAULT.partition(":")
    if number and rendered() == int(number):
        if kind == "dies":
            os._exit(9)
        if kind == "hangs":
            time.sleep(600)
        if kind == "raises":
            raise RuntimeError("out of memory on the device")
    if kind == "garbage":
        sys.stdout.buffer.write(b"\xff\xfe SPACENUM {not json\nSPACENUM 7\n")
        sys.stdout.buffer.flush()


def _render(product: _Product) -> dict[str, object]:
    stage, (width, height) = omni.usd.get_context().stage, product.resolution
    camera = UsdGeom.Camera(stage.GetPrimAtPath(product.camera)).GetCamera()
    frustum = camera.frustum
    view, lens = np.array(frustum.ComputeViewMatrix()), np.array(frustum.ComputeProjectionMatrix())
    fx, fy = lens[0, 0] * width / 2, lens[1, 1] * height / 2
    intrinsics = Intrinsics(width=width, height=height, fx=fx, fy=fy, cx=width / 2, cy=height / 2)
    pose = pose_from_matrix(np.linalg.inv(view).T @ np.diag([1.0, -1.0, -1.0, 1.0]))
    labelled = [p for p in stage.Traverse() if p.HasAPI(UsdSemantics.LabelsAPI, "class")]
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_])
    ranges = [cache.ComputeWorldBound(prim).ComputeAlignedRange() for prim in labelled]
    cast = sense([[r.GetMin(), r.GetMax()] for r in ranges], pose, intrinsics, FAR)
    return _annotations(labelled, cast, view, lens)


def _annotations(labelled: list, cast: object, view: np.ndarray, lens: np.ndarray) -> dict[str, object]:
    """Ids run backwards from the number of things plus one, so that they are nobody else's; 0 and 1 are special."""
    count = len(labelled)
    numbers = np.array([0, *range(count + 1, 1, -1)], np.uint32)
    ids = np.where(cast.ids <= count, numbers[np.minimum(cast.ids, count)], 0).astype(np.uint32)
    paths = {str(numbers[k]): str(prim.GetPath()) for k, prim in enumerate(labelled, start=1)}
    paint = np.random.default_rng(1).integers(0, 256, (count + 2, 3), np.uint8)
    colour = paint[ids] ^ (cast.depth * 40).astype(np.uint8)[..., None]  # everything that moves changes its pixels
    kinds = [("semanticId", "<u4"), *((name, "<i4") for name in ("x_min", "y_min", "x_max", "y_max"))]
    found = [np.nonzero(cast.ids == k + 1) for k in range(count)]
    seen = [k for k in range(count) if len(found[k][0])]
    rows = [(k, found[k][1].min(), found[k][0].min(), found[k][1].max(), found[k][0].max()) for k in seen]
    return {
        "rgb": np.concatenate([colour, np.full((*ids.shape, 1), 255, np.uint8)], axis=-1),
        "distance_to_image_plane": cast.depth.astype(np.float32),
        "instance_segmentation": {"data": ids, "info": {"idToLabels": {"0": "BACKGROUND", "1": "UNLABELLED", **paths}}},
        "bounding_box_2d_tight": {
            "data": np.array(rows, kinds),
            "info": {"primPaths": [str(labelled[k].GetPath()) for k in seen]},
        },
        "camera_params": {"cameraViewTransform": view.ravel(), "cameraProjection": lens.ravel()},
    }


create = SimpleNamespace(render_product=_Product)
AnnotatorRegistry = SimpleNamespace(get_annotator=_Annotator)
orchestrator = _Orchestrator()
