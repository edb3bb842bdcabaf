"""Whether a picture shows the view that depth and ids describe: engines hand over pictures that are black, grey, half
filled, or of the pose before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from spacenum.core.arrays import Pixels
from spacenum.frames.controls import Rejected, changed_pixels, difference
from spacenum.frames.settings import ControlsConfig
from spacenum.geometry.camera import project, to_camera, to_world, unproject
from spacenum.simulators.base import Sensing

UNIFORM_BLOCKS = 24  # in a row of the image; their means are free of noise
UNIFORM_LEVELS = 12  # of 255, from the median colour
DEPTH_JUMP = 0.2  # of the nearer depth, between neighbours: an edge even within an instance
MIN_EDGE_PIXELS = 50
BLANK_TILES = 6  # in a row of the image
BLANK_LEVELS = 2  # a step between neighbours that is no larger isn't seen
BLANK_SEEN = 0.15  # share of a tile's edges that are seen, under which it is blank
MIN_TOLD_TILES = 4
SAMPLES = 100  # in a row of the image, of those that are compared between poses
MIN_POINTS = 50
MIN_CONTRAST = 4.0  # of 255, standard deviation, under which colours tell nothing

Bins = NDArray[np.int64]
Points = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows and columns [n] of pixels."""


class WrongPicture(Rejected):
    """A candidate whose colour isn't of its views; the message is the reason that coverage tables count."""


# ---- one picture


def check_picture(view: Sensing, colour: Pixels, controls: ControlsConfig) -> None:
    """WrongPicture if ``colour`` [height, width, 3] can't be what ``view`` shows."""
    if uniform_share(colour) > controls.max_uniform_share:
        raise WrongPicture("colour nearly uniform")
    if blank_share(view, colour) > controls.max_blank_share:
        raise WrongPicture("part of the colour blank")
    agreement = edge_agreement(view, colour)
    if agreement is not None and agreement < controls.min_edge_agreement:
        raise WrongPicture("colour disagrees with ids and depth")


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
    return _larger(across, within) if across.sum() >= MIN_EDGE_PIXELS else None


def _edges(view: Sensing, axis: int) -> NDArray[np.bool_]:
    """Between neighbours along ``axis``, whether another thing or another distance begins."""
    depth = view.depth if axis == 0 else view.depth.T
    nearer, jump = np.minimum(depth[1:], depth[:-1]), np.abs(np.diff(depth, axis=0))
    far = jump > DEPTH_JUMP * nearer
    return (np.diff(view.ids, axis=axis) != 0) | (far if axis == 0 else far.T)


def _steps(colour: Pixels, axis: int) -> NDArray[np.int16]:
    """Between neighbours along ``axis``, the difference in the channel that differs most."""
    return np.abs(np.diff(colour.astype(np.int16), axis=axis)).max(axis=-1)


def _larger(these: Bins, those: Bins) -> float:
    """The chance that a value of ``these`` is larger than one of ``those``, ties half; histograms [256] of both."""
    below = np.cumsum(those) - those
    return float((these * (below + those / 2)).sum() / max(1, these.sum() * those.sum()))


# ---- pictures of one start and its ends


def check_sweep(
    start: Sensing, before: Pixels, views: Sequence[Sensing], after: Sequence[Pixels], controls: ControlsConfig
) -> list[float | None]:
    """WrongPicture unless each picture ``after`` a magnitude is of its view, as told from the picture ``before``.

    Returns the agreement of each (see ``agreement``).
    """
    if min(difference(before, colour) for colour in after) < controls.min_option_difference:
        raise WrongPicture("start and candidate images too alike")
    shown = list(zip([start, *views], [before, *after], strict=True))
    if max(same_share(*a, *b) for a, b in combinations(shown, 2)) > controls.max_same_share:
        raise WrongPicture("the same picture at two poses")
    found: list[float | None] = []
    for number, view in enumerate(views):
        own, *others = agreements(start, before, view, [after[number], before, *after[:number], *after[number + 1 :]])
        if own is not None and own < controls.min_colour_agreement:
            raise WrongPicture("colour disagrees between start and end")
        best = max((other for other in others if other is not None), default=None)
        if own is not None and best is not None and own < best + controls.min_agreement_margin:
            raise WrongPicture("another picture agrees better with the end")
        found.append(own)
    return found


def same_share(a: Sensing, one: Pixels, b: Sensing, other: Pixels) -> float:
    """Share of the pixels at which two views show other instances, but their pictures exactly the same colour.

    The largest of the picture's four quarters in which enough pixels show other instances; 0 if none does.
    """
    differ, same = a.ids != b.ids, np.all(one == other, axis=-1)
    row, column = same.shape[0] // 2, same.shape[1] // 2
    quarters = product((slice(row), slice(row, None)), (slice(column), slice(column, None)))
    shares = [same[part][differ[part]].mean() for part in quarters if differ[part].sum() >= MIN_POINTS]
    return float(max(shares, default=0.0))


def agreements(start: Sensing, before: Pixels, end: Sensing, pictures: Sequence[Pixels]) -> list[float | None]:
    """How well each of ``pictures`` [height, width, 3] agrees with the start's picture, seen from the end's pose.

    The correlation of colours over points that both views see, each channel about its mean: 1 whatever exposure and
    tint are. None if both show hardly any contrast there, or the views share hardly any point.
    """
    there, here = seen_by_both(start, end)
    if len(here[0]) < MIN_POINTS:
        return [None] * len(pictures)
    told = before[there].astype(float)
    return [_correlation(told, picture[here].astype(float)) for picture in pictures]


def seen_by_both(start: Sensing, end: Sensing) -> tuple[Points, Points]:
    """Pixels of ``start``, sampled, and the pixels of ``end`` that show the same points: same instance, same depth."""
    every = slice(None, None, max(1, start.camera.width // SAMPLES))
    rows, columns = (grid[every, every].ravel() for grid in np.indices(start.ids.shape))
    points = to_world(unproject(start.depth, start.camera)[rows, columns], start.pose)
    pixels, depth = project(to_camera(points, end.pose), end.camera)
    u, v = pixels[:, 0], pixels[:, 1]
    inside = (u >= 0) & (u < end.camera.width) & (v >= 0) & (v < end.camera.height)
    rows, columns, depth = rows[inside], columns[inside], depth[inside]
    row, column = v[inside].astype(int), u[inside].astype(int)
    same = np.abs(end.depth[row, column] - depth) < np.maximum(0.05, 0.03 * depth)
    same &= end.ids[row, column] == start.ids[rows, columns]
    return (rows[same], columns[same]), (row[same], column[same])


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    """Of colours [n, 3]; 0 if one of them has contrast and the other none."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    contrast = [float(np.sqrt(np.mean(np.square(colours)))) for colours in (a, b)]
    if max(contrast) < MIN_CONTRAST:
        return None
    return float(np.mean(a * b) / max(contrast[0] * contrast[1], 1e-6))


# ---- pictures of one camera and several placements


def check_placements(views: Sequence[Sensing], colours: Sequence[Pixels], controls: ControlsConfig) -> float | None:
    """WrongPicture unless colour changes with the placement where ids and depth do, and hardly elsewhere.

    Returns the agreement (see ``change_agreement``).
    """
    for view, colour in zip(views[1:], colours[1:], strict=True):
        (still,) = agreements(views[0], colours[0], view, [colour])
        if still is not None and still < controls.min_colour_agreement:
            raise WrongPicture("colour disagrees between placements")
    found = change_agreement(views, colours)
    if found is not None and found < controls.min_change_agreement:
        raise WrongPicture("colour disagrees with what changed")
    return found


def change_agreement(views: Sequence[Sensing], colours: Sequence[Pixels]) -> float | None:
    """The chance that colour differs more between two views of a pixel that differ than between two that don't.

    views, colours: through one camera. Only of pixels that differ between some views, so that shadows hardly count:
    each pair of views is a comparison there. About 0.5 if pictures are another view's; None if nothing differs.
    """
    pairs = list(combinations(range(len(views)), 2))
    changed = [changed_pixels(views[a], views[b]) for a, b in pairs]
    some = np.logical_or.reduce(changed)
    differ, alike = np.zeros((2, 256), np.int64)
    for (a, b), pixels in zip(pairs, changed, strict=True):
        step = np.abs(colours[a][some].astype(np.int16) - colours[b][some]).max(axis=-1)
        differ += np.bincount(step[pixels[some]], minlength=256)
        alike += np.bincount(step[~pixels[some]], minlength=256)
    return _larger(differ, alike) if differ.sum() and alike.sum() else None
