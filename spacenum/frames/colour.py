"""Whether a picture shows the view that depth and ids describe: engines hand over pictures that are black, grey, half
filled, or of the pose before. Here of one picture; of several see ``colour_ends`` and ``colour_placements``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spacenum.core.arrays import Pixels
from spacenum.frames.controls import Rejected
from spacenum.frames.settings import ControlsConfig
from spacenum.simulators.base import Sensing

UNIFORM_BLOCKS = 24  # in a row of the image; their means are free of noise
UNIFORM_LEVELS = 12  # of 255, from the median colour
BLAND_LEVELS = 10  # of 255, standard deviation, under which noise decides what comparisons find
DEPTH_JUMP = 0.2  # of the nearer depth, between neighbours: an edge even within an instance
MIN_EDGE_PIXELS = 50
BLANK_TILES = 6  # in a row of the image
BLANK_LEVELS = 2  # a step between neighbours that is no larger isn't seen
BLANK_SEEN = 0.15  # share of a tile's edges that are seen, under which it is blank
MIN_TOLD_TILES = 4
SHARP_LEVELS = 20  # of 255, between the sides of an edge, over which the edge is asked about

Bins = NDArray[np.int64]


class WrongPicture(Rejected):
    """A candidate whose colour isn't of its views; the message is the reason that coverage tables count."""


def wrong(reason: str, *pictures: Pixels) -> WrongPicture:
    """What a comparison found; or, of a picture [height, width, 3] with hardly any contrast, that: it may be right."""
    bland = any(float(picture.std(axis=(0, 1)).max()) < BLAND_LEVELS for picture in pictures)
    return WrongPicture("colour too dark or bland to compare" if bland else reason)


def check_picture(view: Sensing, colour: Pixels, controls: ControlsConfig) -> None:
    """WrongPicture if ``colour`` [height, width, 3] can't be what ``view`` shows."""
    if uniform_share(colour) > controls.max_uniform_share:
        raise WrongPicture("colour nearly uniform")
    if blank_share(view, colour) > controls.max_blank_share or strip_share(view, colour) > controls.max_strip_share:
        raise wrong("part of the colour blank", colour)
    agreement = edge_agreement(view, colour)
    if agreement is not None and agreement < controls.min_edge_agreement:
        raise wrong("colour disagrees with ids and depth", colour)
    sharpness = edge_sharpness(view, colour)
    if sharpness is not None and sharpness < controls.min_edge_sharpness:
        raise wrong("edges of the colour blurred or displaced", colour)


def uniform_share(colour: Pixels) -> float:
    """Share of an image [height, width, 3] near its median colour, by blocks: noise and a small logo don't hide it."""
    height, width = colour.shape[:2]
    side = max(1, min(height, width) // UNIFORM_BLOCKS)
    rows, columns = height // side, width // side
    blocks = colour[: rows * side, : columns * side].reshape(rows, side, columns, side, 3).mean(axis=(1, 3))
    off = np.abs(blocks - np.median(blocks, axis=(0, 1))).max(axis=-1)
    return float(np.mean(off <= UNIFORM_LEVELS))


def blank_share(view: Sensing, colour: Pixels) -> float:
    """Share of the image's tiles in which things end, as ids and depth say, but no step of colour is seen.

    Of the tiles that hold enough such edges; 0 if there are hardly any.
    """
    height, width = view.ids.shape
    edges, seen = np.zeros((2, BLANK_TILES, BLANK_TILES))
    for axis in (0, 1):
        rows, columns = np.nonzero(_edges(view, axis))
        tiles = (rows * BLANK_TILES // height, columns * BLANK_TILES // width)
        np.add.at(edges, tiles, 1)
        np.add.at(seen, tiles, _steps(colour, axis)[rows, columns] > BLANK_LEVELS)
    told = edges >= max(MIN_EDGE_PIXELS / 8, width / 8)
    if told.sum() < MIN_TOLD_TILES:
        return 0.0
    return float(np.mean(seen[told] < BLANK_SEEN * edges[told]))


def strip_share(view: Sensing, colour: Pixels) -> float:
    """Share of the rows, or of the columns if that is larger, in which things end but no step of colour is seen.

    Of those in which ids or depth have two edges or more: bars across the picture are told, those over a bare wall not.
    """
    shares = []
    for axis in (0, 1):
        told = _edges(view, axis).sum(axis=axis) >= 2
        flat = _steps(colour, axis).max(axis=axis) <= BLANK_LEVELS
        shares.append(float(flat[told].mean()) if told.any() else 0.0)
    return max(shares)


def edge_agreement(view: Sensing, colour: Pixels) -> float | None:
    """How far colour steps where ids or depth do: the chance that the step across an edge is larger than one within.

    1 if every edge is seen and nothing else, about 0.5 for a picture of something else; None if there are hardly any.
    """
    across, within = np.zeros((2, 256), np.int64)
    for axis in (0, 1):
        edge, steps = _edges(view, axis), _steps(colour, axis)
        at_edges = np.bincount(steps[edge], minlength=256)
        across += at_edges
        within += np.bincount(steps.ravel(), minlength=256) - at_edges
    return larger(across, within) if across.sum() >= MIN_EDGE_PIXELS else None


def edge_sharpness(view: Sensing, colour: Pixels) -> float | None:
    """Step of colour across the edges of ids and depth, as a share of that between two pixels before and two behind.

    1 if all of a step lies between the two pixels of its edge, 0.2 if it is spread or lies elsewhere; None if hardly
    any edge has contrast.
    """
    narrow = wide = 0.0
    count = 0
    for axis in (0, 1):
        edges = _edges(view, axis) if axis == 0 else _edges(view, axis).T
        shown = np.moveaxis(colour.astype(np.int16), axis, 0)
        rows, columns = np.nonzero(edges[2:-2])
        across = np.abs(shown[rows + 5, columns] - shown[rows, columns]).max(axis=-1)
        told = across > SHARP_LEVELS
        near = np.abs(shown[rows + 3, columns] - shown[rows + 2, columns]).max(axis=-1)
        narrow, wide, count = narrow + near[told].sum(), wide + across[told].sum(), count + int(told.sum())
    return float(narrow / wide) if count >= MIN_EDGE_PIXELS else None


def _edges(view: Sensing, axis: int) -> NDArray[np.bool_]:
    """Between neighbours along ``axis``, whether another thing or another distance begins."""
    depth = view.depth if axis == 0 else view.depth.T
    nearer, jump = np.minimum(depth[1:], depth[:-1]), np.abs(np.diff(depth, axis=0))
    far = jump > DEPTH_JUMP * nearer
    return (np.diff(view.ids, axis=axis) != 0) | (far if axis == 0 else far.T)


def _steps(colour: Pixels, axis: int) -> NDArray[np.int16]:
    """Between neighbours along ``axis``, the difference in the channel that differs most."""
    return np.abs(np.diff(colour.astype(np.int16), axis=axis)).max(axis=-1)


def larger(these: Bins, those: Bins) -> float:
    """The chance that a value of ``these`` is larger than one of ``those``, ties half; histograms [256] of both."""
    below = np.cumsum(those) - those
    return float((these * (below + those / 2)).sum() / max(1, these.sum() * those.sum()))
