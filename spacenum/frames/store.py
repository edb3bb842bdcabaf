"""Images of frames on disk: written once, checked when read."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spacenum.core.arrays import Pixels
from spacenum.core.errors import SpaceNumError
from spacenum.core.pictures import UnreadableImageError, open_picture
from spacenum.core.provenance import digest, images_anew, sha256_of
from spacenum.frames.records import DEPTH_STEP_M, FrameRecord
from spacenum.geometry.poses import CameraPose
from spacenum.simulators.base import Sensing


class FrameWriter:
    """Writes the frames of one shard into ``folder``, which will stand at ``final`` (relative to the study)."""

    def __init__(self, folder: Path, final: Path, simulator: str) -> None:
        self._folder, self._final, self._simulator = folder, final, simulator
        self.frames: list[FrameRecord] = []

    def write(self, scene: str, pose: CameraPose, view: Sensing, colour: NDArray[np.uint8], placement: str = "") -> str:
        """Write a view's three images and its record; returns the frame's id.

        The id is the scene and a hash of pose and placement: file names must not tell a model the answer.
        """
        name = f"{scene}.{digest(pose.model_dump_json() + placement)[:8]}"
        if any(frame.id == name for frame in self.frames):
            return name  # the same pose again: the same bytes
        files = [f"{name}.png", f"{name}.depth.png", f"{name}.ids.png"]
        depth = quantised(view.depth)
        layers: list[NDArray[Any]] = [colour, depth, view.ids.astype(np.uint16)]
        for file, pixels in zip(files, layers, strict=True):
            Image.fromarray(pixels).save(self._folder / file, optimize=False, compress_level=6)
        image, depth_path, ids = (str(self._final / file) for file in files)
        hashes = tuple(sha256_of(self._folder / file) for file in files)
        self.frames.append(
            FrameRecord(
                id=name,
                scene=scene,
                simulator=self._simulator,
                image=image,
                depth=depth_path,
                ids=ids,
                sha256=hashes,  # type: ignore[arg-type]
                camera=view.camera,
                pose=pose,
                measured_pose=view.pose,
                instances=view.instances,
            )
        )
        return name


def quantised(depth: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Depth in metres as steps of DEPTH_STEP_M; what is farther than 16 bits reach is the largest value."""
    return np.clip(np.rint(depth / DEPTH_STEP_M), 0, 65535).astype(np.uint16)


def as_stored(view: Sensing) -> Sensing:
    """A view with its depth as it will be read back."""
    return replace(view, depth=quantised(view.depth) * DEPTH_STEP_M)


def read_image(path: Path, sha256: str = "") -> NDArray[np.generic]:
    """Pixels of a PNG; SpaceNumError says which file is missing, corrupt or another than was rendered, and what to do.

    sha256: of the bytes; empty: not compared.
    """
    try:
        data = path.read_bytes()
        if sha256 and hashlib.sha256(data).hexdigest() != sha256:
            raise SpaceNumError(f"{path} is not the image that was rendered; {images_anew(path)}")
        return np.asarray(open_picture(io.BytesIO(data)))
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: the image is missing; {images_anew(path)}") from None
    except (UnreadableImageError, OSError) as error:
        raise SpaceNumError(f"{path}: the image is corrupt ({error}); {images_anew(path)}") from None


def colour_of(frame: FrameRecord, root: Path) -> Pixels:
    """The colour image [height, width, 3] that was rendered; SpaceNumError if the file is another by now. root: the
    study's folder."""
    return read_image(root / frame.image, frame.sha256[0]).astype(np.uint8)[..., :3]


def depth_of(frame: FrameRecord, root: Path) -> NDArray[np.float64]:
    """The same of depth: metres along the view axis [height, width]."""
    return read_image(root / frame.depth, frame.sha256[1]).astype(np.float64) * DEPTH_STEP_M


def ids_of(frame: FrameRecord, root: Path) -> NDArray[np.int64]:
    """The same of instance ids [height, width]."""
    return read_image(root / frame.ids, frame.sha256[2]).astype(np.int64)
