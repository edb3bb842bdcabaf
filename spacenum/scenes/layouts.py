"""Seeded layouts: two anchors that define a frame, a target with four placements, and some other objects.

All lengths are whole steps of a tenth of the unit (10 cm in rooms, 1 cm on desks), so that the numbers that prompts
show, with one decimal place, are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError
from spacenum.geometry.camera import Intrinsics, project, to_camera
from spacenum.geometry.poses import CameraPose
from spacenum.scenes.assets.manifest import Asset, Pack
from spacenum.scenes.settings import SceneRequest, ScenesParams
from spacenum.scenes.spec import LayoutFrame, LayoutScene, PlacedObject, Scale, Split, Surface, Variation, pairs_1d
from spacenum.scenes.surfaces import CARPETS, PLANKS, WALL_COLOURS

ATTEMPTS = 20_000
UNIT_M: dict[Scale, float] = {"desk": 0.1, "room": 1.0}
STEPS_PER_UNIT = 10
MIN_DIFFERENCE = 3  # steps by which any two options must differ in some described number
SUPPORT_SHARE = 0.6  # of the layouts have something on which a target can stand
CAMERAS = 16
CAMERA_SPREAD_DEG = 30.0
MARGIN = 0.04  # share of the image that stays free around the layout
ELEVATION_DEG = (36.0, 58.0)


@dataclass(frozen=True)
class _Extent:
    """Distances in steps, drawn uniformly; reach: how far from the middle of the anchors a target may stand."""

    anchor_gap: tuple[int, int]
    reach: tuple[int, int]
    clearance: int


EXTENT: dict[Scale, _Extent] = {
    "desk": _Extent(anchor_gap=(8, 18), reach=(36, 30), clearance=2),
    "room": _Extent(anchor_gap=(6, 14), reach=(19, 16), clearance=2),
}


@dataclass(frozen=True)
class _PlacedAsset:
    """An asset in steps: smallest corner (x, y, z), world extents, and the quarter turns that give them."""

    asset: Asset
    corner: tuple[int, int, int]
    extent: tuple[int, int, int]
    turns: int

    @property
    def low(self) -> NDArray[np.int64]:
        return np.array(self.corner)

    @property
    def high(self) -> NDArray[np.int64]:
        return np.array(self.corner) + np.array(self.extent)

    def at(self, corner: Sequence[int]) -> _PlacedAsset:
        return _PlacedAsset(self.asset, (int(corner[0]), int(corner[1]), int(corner[2])), self.extent, self.turns)

    def clashes(self, other: _PlacedAsset, margin: int) -> bool:
        grown = np.array([margin, margin, 0])
        return bool(np.all(self.low < other.high + grown) and np.all(other.low < self.high + grown))


class _NoLayout(Exception):
    """This draw has no room for something; the layout is drawn anew."""


def draw(request: SceneRequest, params: ScenesParams, pack: Pack) -> LayoutScene:
    """The layout of a request."""
    scale, variation = request.kind, request.variation
    return build_layout(request.id, request.split, scale, variation, request.seed, pack, params.vertical_fov)  # type: ignore[arg-type]


def build_layout(
    scene_id: str, split: Split, scale: Scale, variation: Variation, seed: int, pack: Pack, fov_deg: float
) -> LayoutScene:
    """Draw a layout whose target varies in ``variation``; the same arguments give the same scene.

    fov_deg: vertical field of view of the (square) camera, to which distances are fitted. Raises SpaceNumError if the
    pack lacks a role or no draw has room.
    """
    with_support = np.random.default_rng([seed, ATTEMPTS]).random() < SUPPORT_SHARE  # a stream that no attempt has
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        try:
            return _Drawing(scale, pack, rng).scene(scene_id, split, variation, seed, fov_deg, with_support)
        except _NoLayout:
            continue
    raise SpaceNumError(
        f"scene '{scene_id}': no {scale} layout with seed {seed} had room in {ATTEMPTS} draws; change its seed"
    )


class _Drawing:
    """One attempt at a layout, in steps, in the frame of its anchors."""

    def __init__(self, scale: Scale, pack: Pack, rng: np.random.Generator) -> None:
        self.scale, self.pack, self.rng = scale, pack, rng
        self.step_m = UNIT_M[scale] / STEPS_PER_UNIT
        self.extent = EXTENT[scale]
        self.taken: set[str] = set()
        self.azimuth = float(rng.uniform(0, 360))  # of the camera, about which its candidates lie

    def scene(
        self, scene_id: str, split: Split, variation: Variation, seed: int, fov_deg: float, with_support: bool
    ) -> LayoutScene:
        first, second = self._anchors()
        fixed = [first, second]
        support = self._support(fixed) if with_support else None
        if support:
            fixed.append(support)
        targets = self._targets(variation, fixed, support)
        fixed += self._others(fixed + targets)
        blocks = np.array([[block.low, block.high] for block in fixed + targets])
        middle = np.array([*(blocks[:, 0].min(axis=0) + blocks[:, 1].max(axis=0))[:2] / 2, 0.0])
        origin = tuple(float(v) for v in (-middle * self.step_m).round(6))
        seeds = self.rng.integers(2**31, size=len(fixed) + 1)
        objects = tuple(self._placed(b, b.asset.id, origin, int(s)) for b, s in zip(fixed, seeds, strict=False))
        placements = tuple(self._placed(b, f"{b.asset.id}_target", origin, int(seeds[-1])) for b in targets)
        return LayoutScene(
            id=scene_id, split=split, seed=seed, scale=self.scale, variation=variation,
            ground=self._ground(), walls=Surface(colour=self._any(WALL_COLOURS), roughness=0.9),
            frame=LayoutFrame(origin=origin, x_axis=(1.0, 0.0, 0.0), unit_m=UNIT_M[self.scale]),  # type: ignore[arg-type]
            origin_anchor=objects[0].name, direction_anchor=objects[1].name, objects=objects, placements=placements,
            cameras=self._cameras([o.box for o in objects + placements], fov_deg),
        )  # fmt: skip

    def _any(self, options: Sequence[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def _ground(self) -> Surface:
        if self.scale == "room" and self.rng.random() < 0.35:
            return Surface(colour=self._any(CARPETS), roughness=0.95)
        colour, colour2 = self._any(PLANKS)
        if self.scale == "desk":
            return Surface(colour=colour, colour2=colour2, pattern="wood", scale=0.1, roughness=0.45)
        return Surface(colour=colour, colour2=colour2, pattern="planks", scale=0.14, roughness=0.45)

    def _pick(self, role: str, resizable: bool = False) -> Asset:
        """An asset for a role, whose name shares no word with another's here: "book" beside
        "stack of books" would be ambiguous.

        resizable: its footprint must come in sizes that differ enough both ways.
        """
        fitting = [a for a in self.pack.with_role(self.scale, role) if not words(a.category) & self.taken]
        if resizable:
            fitting = [a for a in fitting if np.all(np.ptp(self._large_enough(a), axis=0)[:2] >= 2 * MIN_DIFFERENCE)]
        if not fitting:
            raise SpaceNumError(
                f"asset pack '{self.pack.pack}' has too few assets with the role '{role}' in {self.scale} layouts "
                "(manifest key 'layout'); add some or choose another pack"
            )
        asset = fitting[int(self.rng.integers(len(fitting)))]
        self.taken |= words(asset.category)
        return asset

    def _steps(self, asset: Asset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Smallest and largest size in whole steps."""
        low, high = np.array(asset.size) / self.step_m
        low, high = np.ceil(low - 1e-6).astype(int), np.floor(high + 1e-6).astype(int)
        if np.any(low > high):
            raise SpaceNumError(
                f"asset '{asset.id}': no size between {asset.size} m is a whole number of {self.step_m:g} m steps"
            )
        return low, high

    def _block(self, asset: Asset, size: NDArray[np.int64], turns: int) -> _PlacedAsset:
        w, d, h = (int(v) for v in size)
        return _PlacedAsset(asset, (0, 0, 0), (w, d, h) if turns % 2 == 0 else (d, w, h), turns)

    def _draw(self, asset: Asset) -> _PlacedAsset:
        low, high = self._steps(asset)
        size = self.rng.integers(low, high + 1)
        if asset.round:
            size[1] = size[0]
        return self._block(asset, size, self._turns(asset))

    def _turns(self, asset: Asset) -> int:
        """Quarter turns: those that show the front to the camera for things known by it, any for others."""
        if asset.faces:
            return round((self.azimuth + 90) / 90) % 4  # unturned, fronts look along -Y, at azimuth -90
        return int(self.rng.integers(4))

    def _anchors(self) -> tuple[_PlacedAsset, _PlacedAsset]:
        """The second anchor's base centre lies on the first's x axis: its depth has the same parity of steps."""
        first, other = self._draw(self._pick("anchor")), self._pick("anchor")
        draws = (self._draw(other) for _ in range(20))
        second = next((block for block in draws if (first.extent[1] - block.extent[1]) % 2 == 0), None)
        if second is None:
            raise _NoLayout
        gap = int(self.rng.integers(*self.extent.anchor_gap, endpoint=True))
        return first, second.at((first.extent[0] + gap, (first.extent[1] - second.extent[1]) // 2, 0))

    def _spot(self, block: _PlacedAsset, anchors: Sequence[_PlacedAsset]) -> tuple[int, int]:
        """A random smallest corner around the middle of the two anchors."""
        centre = _middle(*anchors[:2]) + self.rng.uniform(-0.8, 0.8, 2) * self.extent.reach
        corner = np.rint(centre - np.array(block.extent[:2]) / 2).astype(int)
        return int(corner[0]), int(corner[1])

    def _support(self, fixed: Sequence[_PlacedAsset]) -> _PlacedAsset:
        block = self._draw(self._pick("support"))
        for _ in range(30):
            placed = block.at((*self._spot(block, fixed), 0))
            if not any(placed.clashes(other, self.extent.clearance) for other in fixed):
                return placed
        raise _NoLayout

    def _others(self, fixed: Sequence[_PlacedAsset]) -> list[_PlacedAsset]:
        """Two or three further objects that touch nothing, whatever the target's placement."""
        others: list[_PlacedAsset] = []
        for _ in range(int(self.rng.integers(2, 4))):
            block = self._draw(self._pick("other"))
            for _ in range(40):
                placed = block.at((*self._spot(block, fixed), 0))
                if not any(placed.clashes(other, 2 * self.extent.clearance) for other in [*fixed, *others]):
                    others.append(placed)
                    break
        if not others:
            raise _NoLayout
        return others

    def _targets(
        self, variation: Variation, fixed: Sequence[_PlacedAsset], support: _PlacedAsset | None
    ) -> list[_PlacedAsset]:
        """Four placements, in the order that ``spec.pairs_1d`` counts on."""
        asset = self._pick("target", resizable=variation != "position")
        turns = self._turns(asset)
        makers = {"position": self._four_positions, "size": self._four_sizes, "both": self._two_by_two}
        for _ in range(20):
            placements = makers[variation](asset, turns, fixed, support)
            if self._distinct(placements, variation):
                return placements
        raise _NoLayout

    def _free_centre(
        self, blocks: Sequence[_PlacedAsset], fixed: Sequence[_PlacedAsset], support: _PlacedAsset | None
    ) -> list[_PlacedAsset]:
        """``blocks`` about one base centre at which each of them stands free."""
        for _ in range(60):
            centre = self._centre(blocks, fixed, support)
            placed = [self._at_centre(block, centre, support) for block in blocks]
            free = all(not p.clashes(o, self.extent.clearance) for p in placed for o in fixed if o is not support)
            if free and all(self._stands(p, support) for p in placed):
                return placed
        raise _NoLayout

    def _base(self, xy: NDArray[np.int64], block: _PlacedAsset, support: _PlacedAsset | None) -> _PlacedAsset:
        """The block with its smallest corner at ``xy``: on the support if it lies over it, else on the ground."""
        on_ground = block.at((*xy, 0))
        over = support is not None and on_ground.clashes(support, 0)
        return block.at((*xy, support.extent[2])) if over and support else on_ground

    def _stands(self, block: _PlacedAsset, support: _PlacedAsset | None) -> bool:
        """On the ground clear of the support, or wholly on the support's top."""
        if support is None:
            return True
        if block.corner[2] == 0:
            return not block.clashes(support, self.extent.clearance)
        return bool(np.all(block.low[:2] >= support.low[:2]) and np.all(block.high[:2] <= support.high[:2]))

    def _centre(
        self, blocks: Sequence[_PlacedAsset], fixed: Sequence[_PlacedAsset], support: _PlacedAsset | None
    ) -> NDArray[np.int64]:
        """A base centre in steps: on the support every other time, if there is one that carries all of ``blocks``."""
        if support is not None and self.rng.random() < 0.5:
            half = np.max([block.extent[:2] for block in blocks], axis=0) // 2 + 1
            low, high = support.low[:2] + half, support.high[:2] - half
            if np.all(low <= high):
                return self.rng.integers(low, high + 1)
        middle = _middle(*fixed[:2])
        reach = np.array(self.extent.reach) * (1.0 if len(blocks) < 4 else 0.6)  # four sizes about one centre: close by
        return np.rint(middle + self.rng.uniform(-1, 1, 2) * reach).astype(int)

    def _at_centre(self, block: _PlacedAsset, centre: NDArray[np.int64], support: _PlacedAsset | None) -> _PlacedAsset:
        return self._base(centre - np.array(block.extent[:2]) // 2, block, support)

    def _middling(self, asset: Asset, turns: int) -> _PlacedAsset:
        """A size that can be seen well: from a third of the range upwards."""
        low, high = self._steps(asset)
        return self._block(asset, self.rng.integers(low + (high - low) // 3, high + 1), turns)

    def _four_positions(
        self, asset: Asset, turns: int, fixed: Sequence[_PlacedAsset], support: _PlacedAsset | None
    ) -> list[_PlacedAsset]:
        block = self._middling(asset, turns)
        return [self._free_centre([block], fixed, support)[0] for _ in range(4)]

    def _sizes(self, asset: Asset) -> NDArray[np.int64]:
        """[2, 3]: a small and a large (width, depth), apart enough that corners about one centre differ; and two
        heights, drawn by themselves, so that no footprint can be read off a height."""
        low, high = self._large_enough(asset)
        small = self.rng.integers(low[:2], high[:2] - 2 * MIN_DIFFERENCE + 1)
        large = small + 2 * self.rng.integers(MIN_DIFFERENCE, (high[:2] - small) // 2 + 1)
        heights = self.rng.integers(low[2], high[2] + 1, size=2)
        return np.column_stack([np.stack([small, large]), heights])

    def _large_enough(self, asset: Asset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The asset's sizes in steps, without the smallest fifth, which is hard to see beside the largest."""
        low, high = self._steps(asset)
        return low + (high - low) // 5, high

    def _four_sizes(
        self, asset: Asset, turns: int, fixed: Sequence[_PlacedAsset], support: _PlacedAsset | None
    ) -> list[_PlacedAsset]:
        """Small or large along x, times small or large along y; each height twice, in an order of its own."""
        sizes = self._sizes(asset)
        heights = iter(self.rng.permutation([0, 0, 1, 1]))
        blocks = []
        for along_y in (0, 1):
            for along_x in (0, 1):
                w, d = (along_x, along_y) if turns % 2 == 0 else (along_y, along_x)
                size = np.array([sizes[w, 0], sizes[d, 1], sizes[next(heights), 2]])
                blocks.append(self._block(asset, size, turns))
        return self._free_centre(blocks, fixed, support)

    def _two_by_two(
        self, asset: Asset, turns: int, fixed: Sequence[_PlacedAsset], support: _PlacedAsset | None
    ) -> list[_PlacedAsset]:
        """Two positions of the small size, then the same two of the large one."""
        blocks = [self._block(asset, size, turns) for size in self._sizes(asset)]
        first, second = (self._free_centre(blocks, fixed, support) for _ in range(2))
        return [first[0], second[0], first[1], second[1]]

    def _distinct(self, placements: Sequence[_PlacedAsset], variation: Variation) -> bool:
        """Any two differ by MIN_DIFFERENCE in the ground plane, and those of a 1D question along x."""
        corners = np.array([np.concatenate([p.low[:2], p.high[:2]]) for p in placements])
        gaps = np.abs(corners[:, None] - corners)
        apart = gaps.max(axis=-1) >= MIN_DIFFERENCE
        along_x = gaps[..., [0, 2]].max(axis=-1) >= MIN_DIFFERENCE
        return bool(apart[~np.eye(4, dtype=bool)].all() and all(along_x[i, j] for i, j, _ in pairs_1d(variation)))

    def _placed(self, block: _PlacedAsset, name: str, origin: Sequence[float], seed: int) -> PlacedObject:
        w, d, h = block.extent if block.turns % 2 == 0 else (block.extent[1], block.extent[0], block.extent[2])
        centre = np.array([*((block.low + block.high)[:2] / 2), block.corner[2]]) * self.step_m + origin
        return PlacedObject(
            name=name, asset=block.asset.id, category=block.asset.category,
            size=(round(w * self.step_m, 6), round(d * self.step_m, 6), round(h * self.step_m, 6)),
            position=tuple(round(float(v), 6) for v in centre),  # type: ignore[arg-type]
            yaw=90.0 * block.turns, seed=seed,
        )  # fmt: skip

    def _cameras(self, boxes: Sequence[NDArray[np.float64]], fov_deg: float) -> tuple[CameraPose, ...]:
        """Oblique views from about one side that hold everything, in the order in which to try them."""
        low, high = np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)
        corners = np.array([[b[i, 0], b[j, 1], b[k, 2]] for b in boxes for i in (0, 1) for j in (0, 1) for k in (0, 1)])
        camera = Intrinsics.from_vertical_fov(2, 2, fov_deg)
        poses = []
        for azimuth in self.azimuth + self.rng.uniform(-CAMERA_SPREAD_DEG, CAMERA_SPREAD_DEG, CAMERAS):
            elevation = float(self.rng.uniform(*ELEVATION_DEG))
            poses.append(_framed((low + high) / 2, corners, float(azimuth), elevation, camera))
        return tuple(poses)


def _middle(first: _PlacedAsset, second: _PlacedAsset) -> NDArray[np.float64]:
    """Half way along the x axis from the first anchor's far side to the second's: on the axis, so that targets stand on
    both sides of it alike."""
    return np.array([(first.low[0] + second.high[0]) / 2, (first.low[1] + first.high[1]) / 2])


def words(category: str) -> set[str]:
    """The words of a name, in the singular."""
    return {word.rstrip("s") for word in category.lower().split()} - {"of"}


def _framed(
    middle: NDArray[np.float64], corners: NDArray[np.float64], azimuth: float, elevation: float, camera: Intrinsics
) -> CameraPose:
    """The nearest pose on a ray from ``middle`` that keeps all ``corners`` [n, 3] in view with MARGIN to spare."""
    a, e = np.radians([azimuth, elevation])
    outward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])

    def pose_at(distance: float) -> CameraPose:
        position = tuple(round(float(v), 6) for v in middle + distance * outward)
        return CameraPose(position=position, yaw=round((azimuth + 180) % 360, 4), horizon=round(elevation, 4))  # type: ignore[arg-type]

    def holds(distance: float) -> bool:
        pixels, depth = project(to_camera(corners, pose_at(distance)), camera)
        inside = (pixels > MARGIN * camera.width) & (pixels < (1 - MARGIN) * camera.width)
        return bool(np.all(depth > 0.05) and inside.all())

    near, far = 0.0, 2.0 * float(np.ptp(corners, axis=0).max())
    while not holds(far):
        far *= 1.5
    for _ in range(20):
        near, far = (near, (near + far) / 2) if holds((near + far) / 2) else ((near + far) / 2, far)
    return pose_at(far)
