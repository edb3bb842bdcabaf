"""Drawing on and in the place of pictures: objects as their frames record them,
through the same camera, antialiased."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spacenum.core.arrays import Array, Pixels
from spacenum.core.provenance import stable_hash
from spacenum.frames.records import FrameRecord
from spacenum.geometry.camera import project, to_camera

Rgb = tuple[int, int, int]

EDGES = tuple((a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit)
"""The 12 edges of a box: pairs of corners, numbered by bits x = 1, y = 2, z = 4 (set: the larger side)."""
_FRACTION_BITS = 6  # cv2 takes coordinates as fixed-point numbers
_PAPER = 255


@dataclass(frozen=True)
class Projected:
    """An object's box through a camera: pixels (u right, v down; a pixel's middle at .5) of its 8 corners [8, 2] in the
    order of ``EDGES`` and of its centre [2]."""

    label: str
    corners: Array
    centre: Array

    @property
    def colour(self) -> Rgb:
        """A dark colour that goes with the label, the same in every picture."""
        red, green, blue = colorsys.hls_to_rgb(stable_hash(self.label) % 360 / 360, 0.36, 0.75)
        return round(255 * red), round(255 * green), round(255 * blue)

    def rectangle(self, width: int, height: int) -> Array:
        """[2, 2] smallest and largest pixel coordinates of the corners, cut at the image's edges."""
        ends = np.stack([self.corners.min(axis=0), self.corners.max(axis=0)])
        return np.clip(ends, 0, (width, height))


def projected(frame: FrameRecord) -> list[Projected]:
    """The frame's objects, from its camera's pose: all that is visible, but not the building, nor what reaches behind
    the camera."""
    found = []
    for instance in frame.instances:
        if instance.fixture or instance.box is None:
            continue
        low, high = np.array(instance.box)
        corners = np.array([[(low, high)[n >> axis & 1][axis] for axis in range(3)] for n in range(8)])
        pixels, _ = project(to_camera(np.vstack([corners, (low + high) / 2]), frame.measured_pose), frame.camera)
        if not np.isnan(pixels).any():
            found.append(Projected(instance.category, pixels[:8], pixels[8]))
    return found


def paper(frame: FrameRecord) -> Pixels:
    """An empty white image of the frame's size."""
    return np.full((frame.camera.height, frame.camera.width, 3), _PAPER, np.uint8)


def line_width(pixels: Pixels) -> int:
    """Of lines that can be seen: 1 at up to 320 pixels."""
    return max(1, round(pixels.shape[0] / 320))


def draw_lines(pixels: Pixels, lines: Iterable[Sequence[Array]], colour: Rgb) -> None:
    """Lines between pairs of points, in place."""
    for start, end in lines:
        cv2.line(pixels, _fixed(start), _fixed(end), colour, line_width(pixels), cv2.LINE_AA, _FRACTION_BITS)


def draw_circle(pixels: Pixels, centre: Array, radius: float, colour: Rgb, filled: bool = False) -> None:
    """A circle or a disc, in place."""
    thickness = -1 if filled else line_width(pixels)
    scaled = round(radius * 2**_FRACTION_BITS)
    cv2.circle(pixels, _fixed(centre), scaled, colour, thickness, cv2.LINE_AA, _FRACTION_BITS)


def _fixed(point: Array) -> tuple[int, int]:
    """Coordinates for cv2, whose origin is the middle of the first pixel."""
    x, y = np.rint((point - 0.5) * 2**_FRACTION_BITS).astype(int).tolist()
    return x, y


def draw_labels(pixels: Pixels, objects: Sequence[Projected]) -> Pixels:
    """The objects' names beside their centres; a name that would cover another moves down,
    and none leaves the picture."""
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(max(9, pixels.shape[0] / 29))
    taken: list[tuple[float, float, float, float]] = []
    for one in sorted(objects, key=lambda o: float(o.centre[1])):
        left, top, right, bottom = draw.textbbox((0, 0), one.label, font=font, stroke_width=1)
        width, height = right - left, bottom - top
        x = float(np.clip(one.centre[0] + 4, 0, max(0, image.width - width)))
        y = float(np.clip(one.centre[1] - height / 2, 0, max(0, image.height - height)))
        while y < image.height and any(
            x < x1 and x0 < x + width and y < y1 and y0 < y + height for x0, y0, x1, y1 in taken
        ):
            y += 1
        y = min(y, max(0, image.height - height))
        taken.append((x, y, x + width, y + height))
        draw.text((x - left, y - top), one.label, one.colour, font, stroke_width=1, stroke_fill=(_PAPER,) * 3)
    return np.asarray(image)
