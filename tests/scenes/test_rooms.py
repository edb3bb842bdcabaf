"""Furnished rooms: many seeds, and what must hold in each."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.occupancy import AGENT_HEIGHT_M, AGENT_RADIUS_M, STEP_OVER_M, Occupancy
from spacenum.scenes.placement import at_wall
from spacenum.scenes.rooms import build_room
from spacenum.scenes.spec import PlacedObject, RoomKind, RoomScene

PACK = load_pack("procedural")
KINDS: tuple[RoomKind, ...] = ("kitchen", "living_room", "bedroom", "bathroom")
SEEDS = range(24)
TOUCHING_M = 1e-4  # positions are rounded to a tenth of a millimetre
WALL_GAP_M = 0.021


@cache
def room(kind: RoomKind, seed: int) -> RoomScene:
    return build_room(f"benchmark-{kind}-{seed:03d}", "benchmark", kind, seed, PACK)


rooms = pytest.mark.parametrize("kind", KINDS)


def share_volume(a: PlacedObject, b: PlacedObject) -> bool:
    """Whether two upright boxes turned by their yaws overlap: separating axes of the footprints, then heights."""
    if (
        a.position[2] + a.size[2] <= b.position[2] + TOUCHING_M
        or b.position[2] + b.size[2] <= a.position[2] + TOUCHING_M
    ):
        return False
    first, second = footprint(a), footprint(b)
    for yaw in (a.yaw, a.yaw + 90, b.yaw, b.yaw + 90):
        axis = [np.cos(np.radians(yaw)), np.sin(np.radians(yaw))]
        p, q = first @ axis, second @ axis
        if p.max() <= q.min() + TOUCHING_M or q.max() <= p.min() + TOUCHING_M:
            return False
    return True


def footprint(thing: PlacedObject) -> np.ndarray:
    c, s = np.cos(np.radians(thing.yaw)), np.sin(np.radians(thing.yaw))
    local = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(thing.size[:2]) / 2
    return local @ np.array([[c, s], [-s, c]]) + thing.position[:2]


def within(points: np.ndarray, thing: PlacedObject, slack: float) -> np.ndarray:
    c, s = np.cos(np.radians(thing.yaw)), np.sin(np.radians(thing.yaw))
    local = (points - thing.position[:2]) @ np.array([[c, -s], [s, c]])
    return np.all(np.abs(local) <= np.array(thing.size[:2]) / 2 + slack, axis=-1)


@rooms
def test_no_two_things_share_space(kind):
    for seed in SEEDS:
        for a, b in combinations(room(kind, seed).objects, 2):
            assert not share_volume(a, b), f"{a.name} and {b.name}, seed {seed}"


@rooms
def test_everything_is_inside_and_nothing_floats(kind):
    for seed in SEEDS:
        scene = room(kind, seed)
        walls = np.array([scene.room.width, scene.room.depth]) / 2
        for thing in scene.objects:
            assert np.all(np.abs(footprint(thing)) <= walls + TOUCHING_M), f"{thing.name} sticks out, seed {seed}"
            assert -TOUCHING_M <= thing.position[2] <= scene.room.height - thing.size[2] + TOUCHING_M
            assert is_held(thing, scene, walls), f"{thing.name} floats, seed {seed}"


def is_held(thing: PlacedObject, scene: RoomScene, walls: np.ndarray) -> bool:
    base = thing.position[2]
    match PACK.asset(thing.asset).stands:
        case "ceiling":
            return abs(base + thing.size[2] - scene.room.height) < TOUCHING_M
        case "wall":  # its back (+Y) at the wall that it faces away from
            back = footprint(thing)[2:]
            return bool(np.any(np.all(np.abs(np.abs(back) - walls) < TOUCHING_M, axis=0)))
        case "floor" if base == 0:
            return True
    under = [
        other
        for other in scene.objects
        if other is not thing and abs(other.position[2] + other.size[2] - base) < TOUCHING_M
    ]
    flat = [o for o in under if PACK.asset(o.asset).surface or o.category == "rug"]
    return any(within(footprint(thing), other, 0.03).all() for other in flat)


@rooms
def test_a_door_and_a_window_are_there_and_free(kind):
    for seed in SEEDS:
        scene = room(kind, seed)
        assert {opening.kind for opening in scene.room.openings} == {"door", "window"}
        assert len({opening.wall for opening in scene.room.openings}) == len(scene.room.openings)
        for opening in scene.room.openings:
            length = scene.room.width if opening.wall in ("north", "south") else scene.room.depth
            assert abs(opening.along) + opening.width / 2 < length / 2
            assert opening.sill + opening.height < scene.room.height
            deep = 0.8 if opening.kind == "door" else 0.2
            x, y, _ = at_wall(scene.room, opening.wall, opening.along, deep)
            sides = (opening.width, deep) if opening.wall in ("north", "south") else (deep, opening.width)
            swing = PlacedObject(
                name="opening", asset="", category="", size=(*sides, opening.height), position=(x, y, opening.sill),
                yaw=0, seed=0,
            )  # fmt: skip
            for thing in scene.objects:
                assert not share_volume(thing, swing), f"{thing.name} blocks a {opening.kind}, seed {seed}"


@rooms
def test_there_is_enough_to_see_and_room_to_stand(kind):
    for seed in SEEDS:
        scene = room(kind, seed)
        assert len(scene.objects) >= 10
        assert len({thing.name for thing in scene.objects}) == len(scene.objects)
        assert len(Occupancy(scene).free_grid()) >= 1


@rooms
def test_the_same_seed_gives_the_same_room_and_another_seed_another(kind):
    again = build_room(f"benchmark-{kind}-003", "benchmark", kind, 3, PACK)
    assert again.model_dump_json() == room(kind, 3).model_dump_json()
    assert room(kind, 4).objects != again.objects


def test_sizes_stay_within_the_manifest():
    for kind in KINDS:
        for thing in room(kind, 0).objects:
            low, high = np.array(PACK.asset(thing.asset).size)
            assert np.all(low - 1e-9 <= thing.size) and np.all(thing.size <= high + 1e-9), thing.name


def test_at_wall_goes_right_as_seen_from_inside():
    scene = room("kitchen", 0)
    for wall, facing in (("north", 90), ("east", 0), ("south", -90), ("west", 180)):
        middle, right = (np.array(at_wall(scene.room, wall, along, 0.0)[:2]) for along in (0.0, 1.0))
        y = np.radians(facing - 90)  # the right of somebody who looks along `facing`
        np.testing.assert_allclose(right - middle, [np.cos(y), np.sin(y)], atol=1e-9)
        np.testing.assert_allclose(middle / np.linalg.norm(middle), [-np.sin(y), np.cos(y)], atol=1e-9)


def test_a_pack_that_lacks_a_category_is_named():
    bare = PACK.model_copy(update={"assets": tuple(a for a in PACK.assets if a.category != "bathtub")})
    with pytest.raises(SpaceNumError, match="no asset of the category 'bathtub'"):
        build_room("benchmark-bathroom-000", "benchmark", "bathroom", 0, bare)


# ---- occupancy


def can_stand(point: np.ndarray, scene: RoomScene) -> bool:
    """The disc at ``point`` against every rectangle's outline, sampled densely."""
    limit = np.array([scene.room.width, scene.room.depth]) / 2
    if np.any(np.abs(point) + AGENT_RADIUS_M > limit):
        return False
    for thing in scene.objects:
        low, high = thing.position[2], thing.position[2] + thing.size[2]
        if low >= AGENT_HEIGHT_M or high <= STEP_OVER_M:
            continue
        corners = footprint(thing)
        edges = np.concatenate([np.linspace(corners[k], corners[(k + 1) % 4], 400) for k in range(4)])
        if within(point, thing, 0) or np.min(np.linalg.norm(edges - point, axis=1)) <= AGENT_RADIUS_M:
            return False
    return True


@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 39), at=st.integers(0, 2**32 - 1))
def test_occupancy_agrees_with_brute_force(kind, seed, at):
    scene = room(kind, seed)
    limit = np.array([scene.room.width, scene.room.depth]) / 2
    points = np.random.default_rng(at).uniform(-limit, limit, (20, 2))
    assert Occupancy(scene).is_free(points).tolist() == [can_stand(point, scene) for point in points]


def test_a_path_is_blocked_by_what_lies_in_its_middle():
    empty = room("bedroom", 0).model_copy(update={"objects": ()})
    box = PlacedObject(
        name="box", asset="a", category="a", size=(0.3, 0.3, 0.5), position=(0.0, 0.0, 0.0), yaw=45, seed=0
    )
    start, end = np.array([-1.0, 0.0]), np.array([1.0, 0.0])
    aside = 0.15 * np.sqrt(2) + AGENT_RADIUS_M
    assert Occupancy(empty).path_is_free(start, end)
    blocked = Occupancy(empty.model_copy(update={"objects": (box,)}))
    assert not blocked.path_is_free(start, end)
    assert blocked.path_is_free(start + [0, aside + 0.01], end + [0, aside + 0.01])
    assert not blocked.path_is_free(start + [0, aside - 0.01], end + [0, aside - 0.01])
    for z, size, free in ((AGENT_HEIGHT_M, 0.5, True), (0.0, STEP_OVER_M, True), (1.69, 0.5, False)):
        other = box.model_copy(update={"position": (0.0, 0.0, z), "size": (0.3, 0.3, size)})
        assert Occupancy(empty.model_copy(update={"objects": (other,)})).path_is_free(start, end) == free
