"""Classical geometry: transitions from the pixels of the colour images alone, with a calibrated camera.

Reads of an item: the action in its question and its direction, the stated magnitude (Num2Space; the prompt says it),
the options' numbers and images. Reads of a frame: its colour image and its camera's intrinsics, and one more number of
calibration: as for any robot, the height at which the camera is mounted above the floor. Never depth,
ids, poses, the answer, or what an option's image was made from.

How. The camera's pitch follows from where upright edges converge. Given pitch and action, a SIFT feature can only
reappear on one line of the other image, and where on it says the magnitude; so features are matched along these lines,
and matches vote. For a rotation every match votes for the same angle. For a move two views know no scale: a match votes
for the metres moved if it lay on the floor, and since nothing lies lower than the floor, its true features give the
smallest value that many agree on (furniture that hides the floor, or a floor without texture, makes it too large: the
usual way to be wrong here). Nothing is drawn at random. Where too little agrees (blank walls, no floor in view), or the
estimate is near none of the options, the answer is unparsed and says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.settings import ModelConfig
from spacenum.core.arrays import Array
from spacenum.frames.store import colour_of
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import Action, Direction, Group
from spacenum.items.schema import Image, Item, LayoutItem, TransitionItem
from spacenum.models.baselines.choosing import IMAGES_KEPT
from spacenum.simulators.blender.settings import CAMERA_HEIGHT_M
from spacenum.simulators.catalogue import names, simulator

READS_FRAMES = True
EACH_ALONE = True

FEATURES = 1500
PITCHES_DEG = np.arange(-40, 70.01, 0.25)
MIN_EDGE_SHARE = 0.05  # shortest edge that may vote for a pitch, in focal lengths
EDGE_TOLERANCE_DEG = 0.7
MIN_UPRIGHT = 0.25  # least length of upright edges, in focal lengths
LINE_TOLERANCE_RAD = 0.012  # how far off its line a feature may reappear
PIXEL_NOISE_RAD = 0.005
MAX_DISTANCE, MAX_RATIO = 0.65, 0.9  # between descriptors of length 1; against the second best elsewhere on the line
MAX_ROTATION_DEG, ROTATION_NOISE_DEG, MIN_ROTATION_VOTES, MIN_LEAD = 110.0, 0.6, 5.0, 1.5
MOVES_M = np.exp(np.arange(np.log(0.1), np.log(3.5), 0.01))
BELOW_HORIZON = 0.1  # sine of the least angle below the horizon at which floor is looked for
MAX_MOVE_NOISE, MIN_MOVE_NOISE, FULL_WEIGHT_NOISE = 0.2, 0.015, 0.03  # as shares of the metres moved
MIN_FLOOR_VOTES, UNDERGROUND_PENALTY = 2.0, 0.2


@dataclass(frozen=True)
class Features:
    """What is kept of an image.

    rays: [n, 3] directions of its SIFT features in camera coordinates (x right, y down, z forward), of length 1.
    descriptors: [n, 128], of length 1. upright: for each of PITCHES_DEG, the length of edges that would be vertical in
    the world, in focal lengths.
    """

    rays: Array
    descriptors: NDArray[np.float32]
    upright: Array


def features(pixels: NDArray[np.uint8], camera: Intrinsics) -> Features:
    """Features of an sRGB image [h, w, 3]."""
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.uint8)
    sift = cv2.SIFT_create(FEATURES, contrastThreshold=0.015, edgeThreshold=20)  # type: ignore[attr-defined]
    points, found = sift.detectAndCompute(grey, None)
    upright = _upright(grey, camera)
    if not points:
        return Features(np.zeros((0, 3)), np.zeros((0, 128), np.float32), upright)
    roots = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return Features(_unit(_rays(np.array([p.pt for p in points]), camera)), roots, upright)


def _rays(points: Array, camera: Intrinsics) -> Array:
    """Directions (z = 1) of OpenCV pixel coordinates [..., 2], whose origin is the middle of the first pixel."""
    x = (points[..., 0] + 0.5 - camera.cx) / camera.fx
    y = (points[..., 1] + 0.5 - camera.cy) / camera.fy
    return np.stack([x, y, np.ones_like(x)], axis=-1)


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _upright(grey: NDArray[np.uint8], camera: Intrinsics) -> Array:
    """For each of PITCHES_DEG, the length of the edges that point to the nadir's image,
    as without roll it would lie."""
    lines = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if lines is None:
        return np.zeros(len(PITCHES_DEG))
    ends = _rays(lines.reshape(-1, 2, 2).astype(float), camera)[..., :2]
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1)
    kept = length > MIN_EDGE_SHARE
    along, length, middle = along[kept], length[kept], ends[kept].mean(axis=1)
    pitch = np.radians(PITCHES_DEG)
    to_nadir = np.stack(
        [-middle[:, :1] * np.sin(pitch), np.cos(pitch) - middle[:, 1:] * np.sin(pitch)], axis=-1
    )  # [edges, pitches, 2]
    cross = along[:, None, 0] * to_nadir[..., 1] - along[:, None, 1] * to_nadir[..., 0]
    sine = np.abs(cross) / np.maximum(length[:, None] * np.linalg.norm(to_nadir, axis=-1), 1e-9)
    off = np.degrees(np.arcsin(np.clip(sine, 0, 1)))
    return length @ np.exp(-((off / EDGE_TOLERANCE_DEG) ** 2))


def common_pitch(before: Features, after: Features) -> float:
    """The pitch of the camera in both images, degrees below the horizontal; ValueError if edges don't tell."""
    votes = before.upright + after.upright
    if votes.max() < MIN_UPRIGHT:
        raise ValueError("no upright edges to tell the camera's pitch from")
    return float(PITCHES_DEG[int(np.argmax(votes))])


def estimate(before: Features, after: Features, group: Group, direction: Direction, height_m: float) -> float:
    """Magnitude of the action between two images: degrees in (-180, 180], negative against ``direction``, or metres.

    Raises ValueError with the reason if the images don't tell.
    """
    if group == "rotate_up_down":
        return rotation(before.rays, after.rays, before, after, axis=0) * (1 if direction == "up" else -1)
    pitch = common_pitch(before, after)
    p, q = levelled(before.rays, pitch), levelled(after.rays, pitch)
    if group == "rotate_left_right":
        return rotation(p, q, before, after, axis=1) * (1 if direction == "left" else -1)
    return metres(p, q, before, after, direction, height_m)


def levelled(rays: Array, pitch: float) -> Array:
    """Rays [n, 3] of a camera that points ``pitch`` degrees down, with y straight down and z level ahead."""
    c, s = np.cos(np.radians(pitch)), np.sin(np.radians(pitch))
    return rays @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def rotation(p: Array, q: Array, before: Features, after: Features, axis: int) -> float:
    """Degrees by which the camera turned about ``axis`` (0: x, positive up; 1: y, positive left) from rays p to q."""
    across = 1 - axis
    angle_p, angle_q = (np.degrees(np.arctan2(r[:, across], r[:, 2])) for r in (p, q))
    turned = (angle_q[None] - angle_p[:, None] + 180) % 360 - 180
    off = np.abs(np.arcsin(np.clip(p[:, axis], -1, 1))[:, None] - np.arcsin(np.clip(q[:, axis], -1, 1))[None])
    possible = (off < LINE_TOLERANCE_RAD) & (np.abs(turned) < MAX_ROTATION_DEG)
    rows, columns = _matches(before, after, possible, turned, 2 * ROTATION_NOISE_DEG)
    votes = turned[rows, columns]
    grid = np.arange(-MAX_ROTATION_DEG, MAX_ROTATION_DEG, ROTATION_NOISE_DEG / 2)
    support = np.exp(-(((votes[:, None] - grid) / ROTATION_NOISE_DEG) ** 2) / 2).sum(axis=0)
    best = int(np.argmax(support))
    rival = support[np.abs(grid - grid[best]) > 5 * ROTATION_NOISE_DEG].max()
    if support[best] < MIN_ROTATION_VOTES or support[best] < MIN_LEAD * rival:
        raise ValueError(f"too few matches agree on an angle ({support[best]:.1f} of {len(votes)})")
    return float(np.median(votes[np.abs(votes - grid[best]) < 2 * ROTATION_NOISE_DEG]))


def metres(p: Array, q: Array, before: Features, after: Features, direction: Direction, height_m: float) -> float:
    """Metres between two images whose levelled rays are p and q; the camera moved level, without turning.

    With rho a point's distance from the line of motion, cotangents of the angle to that line differ by metres / rho;
    for a point on the floor, rho follows from its ray and the camera's height.
    """
    low_p, low_q = np.flatnonzero(p[:, 1] > BELOW_HORIZON), np.flatnonzero(q[:, 1] > BELOW_HORIZON)
    p, q = p[low_p], q[low_q]
    along, sign = {"forward": (2, 1), "backward": (2, -1), "left": (0, -1), "right": (0, 1)}[direction]
    i, j = [k for k in (0, 1, 2) if k != along]
    rho_p, rho_q = np.hypot(p[:, i], p[:, j]), np.hypot(q[:, i], q[:, j])
    plane_p, plane_q = np.arctan2(p[:, j], p[:, i]), np.arctan2(q[:, j], q[:, i])
    shift = sign * ((p[:, along] / rho_p)[:, None] - (q[:, along] / rho_q)[None])
    moved = height_m * (rho_p / p[:, 1])[:, None] * shift
    off = np.abs(plane_p[:, None] - plane_q[None]) * np.minimum(rho_p[:, None], rho_q[None])
    possible = (off < LINE_TOLERANCE_RAD) & (moved > 0.8 * MOVES_M[0]) & (moved < MOVES_M[-1])
    rows, columns = _matches(_part(before, low_p), _part(after, low_q), possible, np.log(np.maximum(moved, 1e-6)), 0.04)
    noise = PIXEL_NOISE_RAD * (rho_p[rows] ** -2 + rho_q[columns] ** -2) / 2 / shift[rows, columns]
    sharp = noise < MAX_MOVE_NOISE
    return _lowest_agreement(moved[rows, columns][sharp], np.maximum(noise[sharp], MIN_MOVE_NOISE))


def _lowest_agreement(votes: Array, noise: Array) -> float:
    """The metres that most votes agree on, less a penalty for votes that would then come from under the floor."""
    off = (np.log(votes)[:, None] - np.log(MOVES_M)) / noise[:, None]
    weight = np.minimum(1, FULL_WEIGHT_NOISE / noise)
    support, underground = weight @ np.exp(-(off**2) / 2), weight @ (off < -2.5)
    best = int(np.argmax(support - UNDERGROUND_PENALTY * underground))
    if support[best] < MIN_FLOOR_VOTES:
        raise ValueError(f"too few matches agree on a floor ({support[best]:.1f} of {len(votes)})")
    return float(MOVES_M[best])


def _part(of: Features, chosen: NDArray[np.int64]) -> Features:
    return Features(of.rays[chosen], of.descriptors[chosen], of.upright)


def _matches(
    before: Features, after: Features, possible: NDArray[np.bool_], value: Array, same: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of features that choose each other among the ``possible`` [n, m] pairs.

    A feature counts only if nothing that would give another ``value`` (by more than ``same``) looks nearly as alike.
    """
    if not possible.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    cosine = before.descriptors @ after.descriptors.T
    distance = np.where(possible, np.sqrt(np.maximum(2 - 2 * cosine, 0)), np.inf)
    rows = np.arange(len(distance))
    columns = distance.argmin(axis=1)
    best = distance[rows, columns]
    elsewhere = np.abs(value - value[rows, columns][:, None]) > same
    second = np.where(elsewhere, distance, np.inf).min(axis=1)
    chosen = (best < MAX_DISTANCE) & (best < MAX_RATIO * second) & (distance.argmin(axis=0)[columns] == rows)
    return rows[chosen], columns[chosen]


class ClassicalGeometry:
    """Keeps features and estimates: families share their images."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._of = lru_cache(maxsize=IMAGES_KEPT)(self._read)
        self._estimates: dict[tuple[str, str, str, str], float | str] = {}

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        for item in items:
            try:
                if isinstance(item, LayoutItem):
                    raise ValueError("pixels alone name no objects: layouts are out of scope")
                choice = self._number(item) if item.task == "space2num" else self._image(item)
            except ValueError as error:
                yield Answer(item=item.id, outcome="unparsed", reason=str(error))
                continue
            letter = item.options[choice].letter
            yield Answer(item=item.id, reply=letter, letter=letter, outcome="parsed")

    def _number(self, item: TransitionItem) -> int:
        """The option nearest to what the two images say."""
        before, after = (part.image for part in item.prompt if isinstance(part, Image))
        found = self._estimate(item, before, after)
        if isinstance(found, str):
            raise ValueError(found)
        errors = [_error(item, found, option.value) for option in item.options]
        if min(errors) > 1:
            raise ValueError(f"the images say {found:.1f} {item.truth.unit}, which is near no option")
        return int(np.argmin(errors))

    def _image(self, item: TransitionItem) -> int:
        """The candidate image whose estimate is nearest to the stated number."""
        before = next(part.image for part in item.prompt if isinstance(part, Image))
        found = [self._estimate(item, before, str(option.image)) for option in item.options]
        errors = [np.inf if isinstance(f, str) else _error(item, f, item.truth.magnitude) for f in found]
        if min(errors) > 1:
            said = "; ".join(
                f"{o.letter}: {f if isinstance(f, str) else f'{f:.1f} {item.truth.unit}'}"
                for o, f in zip(item.options, found, strict=True)
            )
            raise ValueError(f"no image is near the stated number ({said})")
        return int(np.argmin(errors))

    def _estimate(self, item: TransitionItem, before: str, after: str) -> float | str:
        """The magnitude between two images, or the reason why there is none."""
        direction = item.truth.direction
        key = (before, after, item.group, direction)
        if key not in self._estimates:
            height_m = camera_height_m(item.simulator)
            try:
                self._estimates[key] = estimate(self._of(before), self._of(after), item.group, direction, height_m)
            except ValueError as error:
                self._estimates[key] = str(error)
        return self._estimates[key]

    def _read(self, image: str) -> Features:
        frame = self._context.frames[image]
        return features(colour_of(frame, self._context.root), frame.camera)


def camera_height_m(name: str) -> float:
    """Above the floor, of the simulator that took the frames; the embedded one's for those that tell none."""
    told = simulator(name).camera_height_m if name in names() else None
    return CAMERA_HEIGHT_M if told is None else told


def _error(item: TransitionItem, found: float, value: float) -> float:
    """How far an estimate is from a magnitude, as a multiple of what counts as near.

    Near is half a step of the magnitudes (5 degrees, 0.1 m), or for long moves a tenth of the move.
    """
    if Action(item.group, item.truth.direction, 1.0).unit == "deg":
        return abs((found - value + 180) % 360 - 180) / 5
    return abs(found - value) / max(0.1, 0.1 * value)


def load(config: ModelConfig, context: Context) -> Model:
    cv2.setNumThreads(1)
    return ClassicalGeometry(context)
