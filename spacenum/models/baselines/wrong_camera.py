"""Wrong camera: a perfect matcher that believes in another field of view (``options.vertical_fov``).

Reads of an item: the numbers, and from the truth, on purpose, by how much the camera moved in each image, which is what
perfect matches with a known camera tell. Reads of a frame: the true intrinsics, from which follows what the same
matches tell it. It answers with the option whose number is nearest to that. Moves forward and backward stay empty: how
far they go, depth along the view axis tells without a focal length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field, ValidationError

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import Group
from spacenum.items.schema import Item, LayoutItem, images_of
from spacenum.models.baselines.choosing import NotAsked, answers

READS_FRAMES = True


class WrongCameraOptions(Block):
    """``options`` of the model's file."""

    vertical_fov: float = Field(gt=0, lt=180, description="degrees that it believes in")


def believed(group: Group, magnitude: float, true_focal: float, believed_focal: float) -> float:
    """What matches of an action tell someone who takes the focal length for another.

    Of a move to the side, a point at a known depth moves by pixels that are worth fewer metres. Of a rotation by n, the
    point that comes to lie as far beyond the image's middle as it lay before it moves by 2 f tan(n / 2) pixels.
    """
    ratio = true_focal / believed_focal
    if group == "move_left_right":
        return magnitude * ratio
    return float(np.degrees(2 * np.arctan(ratio * np.tan(np.radians(magnitude) / 2))))


class WrongCamera:
    """vertical_fov: degrees that it takes every camera to have."""

    def __init__(self, context: Context, vertical_fov: float) -> None:
        self._context, self._vertical_fov = context, vertical_fov

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        return answers(items, self._choose)

    def _choose(self, item: Item) -> int:
        if isinstance(item, LayoutItem) or item.group == "move_forward_backward":
            raise NotAsked("no focal length is needed")
        camera = self._context.frames[images_of(item)[0]].camera
        focal = Intrinsics.from_vertical_fov(camera.width, camera.height, self._vertical_fov).fy

        def told(magnitude: float) -> float:
            return believed(item.group, magnitude, camera.fy, focal)

        values = [option.value for option in item.options]
        if item.task == "space2num":
            gaps = [abs(told(item.truth.magnitude) - value) for value in values]
        else:
            gaps = [abs(item.truth.magnitude - told(value)) for value in values]
        return int(np.argmin(gaps))


def check(config: ModelConfig) -> None:
    """SpaceNumError if the options of the model's file aren't this backend's."""
    _options(config)


def _options(config: ModelConfig) -> WrongCameraOptions:
    try:
        return WrongCameraOptions.model_validate(config.options)
    except ValidationError as error:
        raise SpaceNumError(f"model file, key 'options': {first_problem(error)}") from None


def load(config: ModelConfig, context: Context) -> Model:
    return WrongCamera(context, _options(config).vertical_fov)
