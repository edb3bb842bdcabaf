"""Batches of views on disk: what ``runner.py`` is asked for, and what it gives back (its docstring lists the files)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from spacenum.core.errors import SpaceNumError
from spacenum.core.pictures import UnreadableImageError, open_picture
from spacenum.core.provenance import first_problem, write_jsonl
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import CameraPose, pose_from_matrix
from spacenum.simulators.isaacsim.settings import IsaacSimConfig
from spacenum.simulators.isaacsim.stage import CAMERA, CLIP_M, USD_FROM_OPENCV, UsdStage

VIEWS, STAGES, REQUESTS = "views", "stages", "views.jsonl"
MAX_FOCAL_ERROR = 1e-3
MatrixRows = tuple[tuple[float, float, float, float], ...]


class ViewRequest(BaseModel):
    """One line of ``views.jsonl``; ``stage`` is relative to the batch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    stage: str
    sha256: str
    width: int
    height: int
    camera: str
    renderer: str
    samples: int
    subframes: int
    bounces: int
    specular_bounces: int


class EngineVersion(BaseModel):
    """What rendered a view; a test's double says so in its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str


class ViewRecord(BaseModel):
    """``view.json``. prims: path of each instance id. boxes: prim path and x_min, y_min, x_max, y_max in pixels.

    view_matrix, projection: the renderer's camera, for row vectors, as USD has it. settings: the renderer's own, by
    path, read back after the view.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    sha256: str
    renderer: EngineVersion
    prims: dict[str, str]
    boxes: tuple[tuple[str, int, int, int, int], ...]
    view_matrix: MatrixRows
    projection: MatrixRows
    settings: dict[str, bool | int | float | str]

    @property
    def pose(self) -> CameraPose:
        """The camera's pose as the renderer had it; ValueError if it is rolled."""
        world = np.linalg.inv(np.array(self.view_matrix)).T
        return pose_from_matrix(world @ USD_FROM_OPENCV)

    def focal_error(self, camera: Intrinsics) -> float:
        """Largest relative deviation of the renderer's focal lengths from ours."""
        lens = np.array(self.projection)
        own = lens[0, 0] * camera.width / 2, lens[1, 1] * camera.height / 2
        return float(np.abs(np.array(own) / [camera.fx, camera.fy] - 1).max())


@dataclass(frozen=True)
class Rendered:
    """A view as it came back: sRGB [h, w, 3], metres along the view axis [h, w], the renderer's ids [h, w]."""

    record: ViewRecord
    colour: NDArray[np.uint8]
    depth: NDArray[np.float64]
    ids: NDArray[np.int64]


def write_batch(folder: Path, stages: Iterable[UsdStage], camera: Intrinsics, settings: IsaacSimConfig) -> int:
    """Write stages and, when all stand, ``views.jsonl``; returns how many views the batch has."""
    (folder / STAGES).mkdir(parents=True, exist_ok=True)
    requests = []
    for stage in stages:
        path = folder / STAGES / f"{stage.id}.usdc"
        path.write_bytes(stage.data)
        requests.append(
            ViewRequest(
                id=stage.id,
                stage=str(path.relative_to(folder)),
                sha256=hashlib.sha256(stage.data).hexdigest(),
                width=camera.width,
                height=camera.height,
                camera=CAMERA,
                **settings.model_dump(),
            )
        )
    write_jsonl(folder / REQUESTS, requests)
    return len(requests)


def read_record(batch: Path, view: str) -> ViewRecord | None:
    """A rendered view's record; None if it isn't rendered, SpaceNumError if its file is damaged."""
    path = batch / VIEWS / view / "view.json"
    try:
        return ViewRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise _damaged(path, first_problem(error)) from None
    except UnicodeDecodeError as error:
        raise _damaged(path, str(error)) from None


def read_view(batch: Path, stage: UsdStage, camera: Intrinsics) -> Rendered | None:
    """A stage's rendered view; None if it isn't there. SpaceNumError if a file is damaged or of another size."""
    record = read_record(batch, stage.id)
    if record is None or record.sha256 != hashlib.sha256(stage.data).hexdigest():
        return None
    folder = batch / VIEWS / stage.id
    try:
        colour = np.asarray(open_picture(folder / "colour.png").convert("RGB"))
        depth = np.load(folder / "depth.npy", allow_pickle=False).astype(np.float64)
        ids = np.load(folder / "ids.npy", allow_pickle=False).astype(np.int64)
    except (OSError, ValueError, UnreadableImageError) as error:
        raise _damaged(folder, str(error)) from None
    if not colour.shape[:2] == depth.shape == ids.shape == (camera.height, camera.width):
        raise _damaged(folder, f"its images aren't all {camera.width} x {camera.height}")
    if record.focal_error(camera) > MAX_FOCAL_ERROR:
        raise SpaceNumError(
            f"{folder}: the renderer's focal length is off by {record.focal_error(camera):.2%}, so coordinates would "
            "not be those of the scene; this version of Isaac Sim reads the stage's camera in another way"
        )
    return Rendered(record, colour, np.where(np.isfinite(depth), depth, CLIP_M[1]), ids)


def _damaged(path: Path, why: str) -> SpaceNumError:
    view = path if path.is_dir() else path.parent
    return SpaceNumError(f"{path}: not a rendered view ({why}); delete the folder {view} and render the batch again")
