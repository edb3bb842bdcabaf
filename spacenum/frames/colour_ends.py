"""Whether the pictures of a start and its ends are of their views: colour, warped by depth and pose, must agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from spacenum.core.arrays import Pixels
from spacenum.frames.colour import wrong
from spacenum.frames.controls import difference
from spacenum.frames.settings import ControlsConfig
from spacenum.geometry.camera import project, to_camera, to_world, unproject
from spacenum.geometry.poses import CameraPose, Motion, motion_between, moved
from spacenum.simulators.base import Sensing

SAMPLES = 100  # in a row of the image, of those that are compared between poses
MIN_POINTS = 50
MIN_CONTRAST = 4.0  # of 255, standard deviation, under which colours tell nothing
TRIED = 0.25  # of a step, before and behind an end, where its picture is looked for
MIN_PIXELS_A_STEP = 5.0  # that the median point moves, under which pixels are too coarse for a tenth of a step
UNLIKE = 0.5  # correlation with another picture, up to which a share of that picture can be told

Points = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows and columns [n] of pixels."""
Colours = NDArray[np.float64]


def check_sweep(
    start: Sensing, before: Pixels, views: Sequence[Sensing], after: Sequence[Pixels], controls: ControlsConfig
) -> list[float | None]:
    """WrongPicture unless each picture ``after`` a magnitude is of its view, as told from the picture ``before``.

    Returns the agreement of each (see ``agreements``).
    """
    if min(difference(before, colour) for colour in after) < controls.min_option_difference:
        raise wrong("start and candidate images too alike", before, *after)
    shown = list(zip([start, *views], [before, *after], strict=True))
    if max(same_share(*a, *b) for a, b in combinations(shown, 2)) > controls.max_same_share:
        raise wrong("the same picture at two poses", before, *after)
    found, step = [], smallest_step(start, views)
    for number, view in enumerate(views):
        pictures = [after[number], before, *after[:number], *after[number + 1 :]]
        found.append(_check_end(start, before, view, pictures, controls))
        error = step_error(start, before, view, after[number], step) if step else None
        if error is not None and abs(error) > controls.max_step_error:
            raise wrong("colour shows a step of another length", before, after[number])
    if exposure_ratio(start, before, views, after) > controls.max_exposure_ratio:
        raise wrong("exposure differs between start and end", before, *after)
    return found


def _check_end(
    start: Sensing, before: Pixels, view: Sensing, pictures: Sequence[Pixels], controls: ControlsConfig
) -> float | None:
    """Of ``pictures`` the first is the end's own, the second the start's, the others are those of the other ends."""
    own, *others = agreements(start, before, view, pictures)
    if own is None:
        return None
    if own < controls.min_colour_agreement:
        raise wrong("colour disagrees between start and end", before, pictures[0])
    best = max((other for other in others if other is not None), default=None)
    if best is not None and own < best + controls.min_agreement_margin:
        raise wrong("another picture agrees better with the end", *pictures)
    if any(mixed_share(start, before, view, pictures[0], other) > controls.max_mixed_share for other in pictures[2:]):
        raise wrong("another picture shows through the end", *pictures)
    return own


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


def exposure_ratio(start: Sensing, before: Pixels, views: Sequence[Sensing], after: Sequence[Pixels]) -> float:
    """The brightest picture's mean over the darkest's, each over the points that it shares with the start's.

    1 of one exposure; pictures that share hardly any point with the start's don't count.
    """
    ratios = [1.0]
    for view, colour in zip(views, after, strict=True):
        there, here = seen_by_both(start, view)
        if len(here[0]) >= MIN_POINTS:
            ratios.append(float((colour[here].mean() + 1) / (before[there].mean() + 1)))  # black has a ratio too
    return max(ratios) / min(ratios)


def smallest_step(start: Sensing, views: Sequence[Sensing]) -> float | None:
    """Metres or degrees between the two ends that lie nearest to each other; None of a single end."""
    ways = sorted({round(_way(motion_between(start.pose, view.pose)), 4) for view in views})
    return float(np.diff(ways).min()) if len(ways) > 1 else None


def _way(motion: Motion) -> float:
    """Metres of a move, degrees of a turn."""
    metres = float(np.linalg.norm([motion.forward, motion.left, motion.up]))
    return metres if metres > 1e-3 else max(abs(motion.yaw), abs(motion.pitch))


def step_error(start: Sensing, before: Pixels, end: Sensing, after: Pixels, step: float) -> float | None:
    """By how much of a ``step`` (metres or degrees) the end's picture lies farther on than its pose says.

    The start's points are looked up in it as of that pose, and as of poses TRIED of a step before and behind it; the
    vertex of the parabola through the three correlations tells. None if the views share hardly any point, or if a step
    moves them by too few pixels.
    """
    there, _ = seen_by_both(start, end)
    points = to_world(unproject(start.depth, start.camera)[there], start.pose)
    pixels = [project(to_camera(points, pose), end.camera)[0] for pose in _poses_about(start.pose, end.pose, step)]
    size = np.array([end.camera.width, end.camera.height])
    inside = np.all([np.all((at >= 0.5) & (at <= size - 0.5), axis=-1) for at in pixels], axis=0)
    if inside.sum() < MIN_POINTS:
        return None
    shift = np.linalg.norm(pixels[2] - pixels[0], axis=-1)[inside]
    told = before[there][inside].astype(float)
    found = [_correlation(told, _looked_up(after, at[inside])) for at in pixels]
    if np.median(shift) < 2 * TRIED * MIN_PIXELS_A_STEP or None in found:
        return None
    low, middle, high = (float(each or 0) for each in found)
    bend = low - 2 * middle + high
    return TRIED / 2 * (low - high) / bend if bend < -1e-6 else None


def _poses_about(start: CameraPose, end: CameraPose, step: float) -> Iterator[CameraPose]:
    motion = motion_between(start, end)
    for part in (-TRIED, 0, TRIED):
        factor = 1 + part * step / _way(motion)
        yield moved(start, Motion(**{axis: factor * value for axis, value in asdict(motion).items()}))


def _looked_up(picture: Pixels, pixels: NDArray[np.float64]) -> Colours:
    """Colours [n, 3] at ``pixels`` [n, 2] (column, row), between pixels' centres in proportion."""
    from scipy.ndimage import map_coordinates  # when asked for: every plan of a study imports this module

    at = pixels.T[::-1] - 0.5
    return np.stack([map_coordinates(picture[..., k].astype(float), at, order=1) for k in range(3)], axis=-1)


def mixed_share(start: Sensing, before: Pixels, end: Sensing, after: Pixels, other: Pixels) -> float:
    """How much of the picture ``other`` shows through the end's: its part in a fit by it and the start's, warped.

    0 where that can't be told: the views share hardly any point, or the two are too like each other there.
    """
    there, here = seen_by_both(start, end)
    if len(here[0]) < MIN_POINTS:
        return 0.0
    told, shown, over = (_about_mean(picture[at]) for picture, at in ((before, there), (after, here), (other, here)))
    alike = _correlation(told, over)
    if alike is None or alike > UNLIKE:
        return 0.0
    fit = np.linalg.lstsq(np.stack([told.ravel(), over.ravel()], axis=-1), shown.ravel(), rcond=None)[0]
    return float(fit[1])


def _about_mean(colours: NDArray[np.generic]) -> Colours:
    return colours.astype(float) - colours.mean(axis=0)


@lru_cache(maxsize=8)  # every measure of a sweep asks for the same few pairs
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


def _correlation(a: Colours, b: Colours) -> float | None:
    """Of colours [n, 3]; 0 if one of them has contrast and the other none."""
    a, b = _about_mean(a), _about_mean(b)
    contrast = [float(np.sqrt(np.mean(np.square(colours)))) for colours in (a, b)]
    if max(contrast) < MIN_CONTRAST:
        return None
    return float(np.mean(a * b) / max(contrast[0] * contrast[1], 1e-6))
