"""Seeded furnished rooms of the four iTHOR kinds: what belongs in each, and where."""

from __future__ import annotations

import numpy as np

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.manifest import Pack
from spacenum.scenes.placement import GAP_M, WALL_YAW, WALLS, Arrangement, NoRoomLeft, at_wall, wall_length
from spacenum.scenes.settings import SceneRequest, ScenesParams
from spacenum.scenes.spec import Opening, PlacedObject, Room, RoomKind, RoomScene, Split, Wall
from spacenum.scenes.surfaces import draw_floor, draw_walls

ATTEMPTS = 80
SIZES_M: dict[RoomKind, tuple[float, float]] = {
    "kitchen": (4.2, 5.4),
    "living_room": (4.8, 6.2),
    "bedroom": (4.4, 5.6),
    "bathroom": (3.8, 4.5),
}


def draw(request: SceneRequest, params: ScenesParams, pack: Pack) -> RoomScene:
    """The room of a request."""
    return build_room(request.id, request.split, request.kind, request.seed, pack)  # type: ignore[arg-type]


def build_room(scene_id: str, split: Split, kind: RoomKind, seed: int, pack: Pack) -> RoomScene:
    """Draw a room of ``kind`` and furnish it from ``pack``; the same arguments give the same scene.

    Raises SpaceNumError if the pack lacks a needed category or no draw has room for what the kind must have.
    """
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        arrangement = Arrangement(_draw_room(kind, rng), pack, rng)
        try:
            _FURNISH[kind](arrangement)
        except NoRoomLeft:
            continue
        return RoomScene(id=scene_id, split=split, seed=seed, room=arrangement.room, objects=tuple(arrangement.objects))
    raise SpaceNumError(
        f"scene '{scene_id}': no {kind} with seed {seed} had room for its furniture in "
        f"{ATTEMPTS} draws; change its seed"
    )


def _draw_room(kind: RoomKind, rng: np.random.Generator) -> Room:
    width, depth = rng.uniform(*SIZES_M[kind], 2).round(2)
    height = round(float(rng.uniform(2.55, 2.85)), 2)
    door_wall, window_wall = rng.choice(4, 2, replace=False)
    lengths = {"north": width, "south": width, "east": depth, "west": depth}

    def opening(kind_: str, wall: Wall, width_: float, sill: float, height_: float) -> Opening:
        reach = lengths[wall] / 2 - width_ / 2 - 0.35
        along = round(float(rng.uniform(-reach, reach)), 3)
        return Opening(kind=kind_, wall=wall, along=along, width=width_, sill=sill, height=height_)  # type: ignore[arg-type]

    window_width = round(float(rng.uniform(0.9, 1.5)), 2)
    openings = (
        opening("door", WALLS[door_wall], round(float(rng.uniform(0.82, 0.92)), 2), 0.0, 2.02),
        opening("window", WALLS[window_wall], window_width, 1.0, round(float(rng.uniform(1.0, 1.25)), 2)),
    )
    return Room(
        kind=kind, width=width, depth=depth, height=height, floor=draw_floor(kind, rng), walls=draw_walls(kind, rng),
        openings=openings, daylight=round(float(rng.uniform(0.6, 1.1)), 2),
    )  # fmt: skip


def _several(a: Arrangement, low: int, high: int) -> range:
    """A random number of rounds, ``low`` to ``high`` inclusive."""
    return range(int(a.rng.integers(low, high + 1)))


def _one_of(a: Arrangement, *options: str) -> str:
    return options[int(a.rng.integers(len(options)))]


def _decorate(a: Arrangement, pictures: tuple[int, int]) -> None:
    """Lamp, clock and pictures, so that every view has something to hold on to."""
    a.hang_from_ceiling("ceiling lamp")
    a.on_wall("wall clock", (1.75, 2.05))
    for _ in _several(a, *pictures):
        a.on_wall("picture", (1.2, 1.6))


def _furnish_bedroom(a: Arrangement) -> None:
    bed = a.against_wall("bed", must=True)
    assert bed is not None
    for side in (-1, 1):
        if table := a.beside(bed, "nightstand", side):
            a.on_top(table, _one_of(a, "table lamp", "alarm clock"))
    a.against_wall("wardrobe", must=True)
    if dresser := a.against_wall("dresser"):
        for thing in ("vase", "small plant", "wooden chest", "stack of books"):
            a.on_top(dresser, thing, upright=False)
    if desk := a.against_wall("desk"):
        _set_desk(a, desk)
    for thing in ("bookshelf", "armchair"):
        if a.rng.random() < 0.6:
            a.against_wall(thing)
    for thing in ("potted plant", "floor lamp", "storage box", "ottoman", "laundry basket"):
        if a.rng.random() < 0.6:
            a.freely(thing)
    a.on_wall("wall shelf", (1.4, 1.7))
    _decorate(a, (4, 7))


def _set_desk(a: Arrangement, desk: PlacedObject) -> None:
    a.on_top(desk, _one_of(a, "laptop", "monitor"))
    for thing in ("table lamp", "pen holder", "mug", "book", "globe"):
        a.on_top(desk, thing, upright=False)
    a.before(desk, _one_of(a, "office chair", "chair"), gap=0.08, facing=True)


def _furnish_living_room(a: Arrangement) -> None:
    sofa = a.against_wall("sofa", must=True)
    assert sofa is not None
    if a.rng.random() < 0.5:
        a.beside(sofa, "floor lamp", 1, gap=0.1)
    if table := _table_on_rug(a, sofa):
        for thing in ("stack of books", "mug", "bowl", "small plant"):
            a.on_top(table, thing, upright=False)
    stand = a.against_wall("TV stand", must=True)
    assert stand is not None
    a.on_top(stand, "television")
    for _ in _several(a, 1, 2):
        a.against_wall("bookshelf")
    for thing in ("armchair", "dresser", "desk"):
        if a.rng.random() < 0.6 and (placed := a.against_wall(thing)) and thing == "desk":
            _set_desk(a, placed)
    for thing in ("potted plant", "potted plant", "floor lamp", "armchair", "ottoman", "wooden crate"):
        if a.rng.random() < 0.6:
            a.freely(thing)
    for support in [thing for thing in a.objects if thing.category in ("dresser", "TV stand")]:
        for thing in ("vase", "globe", "telephone"):
            a.on_top(support, thing, upright=False)
    a.on_wall("wall shelf", (1.4, 1.7))
    _decorate(a, (5, 8))


def _table_on_rug(a: Arrangement, sofa: PlacedObject) -> PlacedObject | None:
    """A coffee table before the sofa, on a rug where there is room for one."""
    rug = a.before(sofa, "rug", gap=0.08, facing=True)
    if rug is None:
        return a.before(sofa, "coffee table", gap=0.45, facing=True)
    asset = a.choose("coffee table")
    return a.put(asset, a.draw_size(asset), (*rug.position[:2], rug.size[2]), sofa.yaw, 0.0)


def _furnish_kitchen(a: Arrangement) -> None:
    _counter_run(a)
    _dining_corner(a)
    for thing in ("dresser", "bookshelf"):
        if a.rng.random() < 0.5:
            a.against_wall(thing)
    for thing in ("potted plant", "trash bin", "stool", "storage box"):
        if a.rng.random() < 0.7:
            a.freely(thing)
    a.on_wall("wall shelf", (1.4, 1.7))
    _decorate(a, (3, 6))


def _counter_run(a: Arrangement) -> None:
    """Counters, sink, stove and refrigerator side by side along one wall, with cabinets and a hood above."""
    walls = [wall for wall in WALLS if all(o.wall != wall or o.kind == "window" for o in a.room.openings)]
    wall = walls[int(a.rng.integers(len(walls)))]
    length = wall_length(a.room, wall)
    windows = [o for o in a.room.openings if o.wall == wall]
    order = ["refrigerator", "kitchen counter", "stove", "kitchen counter", "kitchen sink", "kitchen counter"]
    along, counters, style = -length / 2 + 0.06, 0, int(a.rng.integers(2**31))
    for category in order if a.rng.random() < 0.5 else [order[0], *reversed(order[1:])]:
        asset = a.choose(category)
        size = a.draw_size(asset, limit=0.9)
        if along + size[0] > length / 2 - 0.05:
            break
        middle = along + size[0] / 2
        spot = at_wall(a.room, wall, middle, size[1] + 2 * GAP_M)
        placed = a.put(asset, size, spot, WALL_YAW[wall], 0.004, style)
        if placed is None:
            raise NoRoomLeft(category)
        counters += category == "kitchen counter"
        if category in ("kitchen counter", "stove") and all(
            abs(o.along - middle) > (o.width + 1.1) / 2 for o in windows
        ):
            _hang_above(a, wall, middle, "range hood" if category == "stove" else "wall cabinet", size[0], style)
        along += size[0] + 0.01
    if counters < 2:
        raise NoRoomLeft("kitchen counter")
    things = ["microwave", "kettle", "toaster", "knife block", "cooking pot", "bottle", "fruit bowl", "mug"]
    tops = [placed for placed in a.objects if placed.category == "kitchen counter"]
    for thing in things:
        a.on_top(tops[int(a.rng.integers(len(tops)))], thing)


def _hang_above(a: Arrangement, wall: Wall, along: float, category: str, width: float, style: int) -> None:
    asset = a.choose(category)
    size = a.draw_size(asset, limit=width)
    size = (min(size[0], width), size[1], size[2])
    a.put(asset, size, at_wall(a.room, wall, along, size[1], 1.5), WALL_YAW[wall], 0.004, style)


def _dining_corner(a: Arrangement) -> None:
    """A dining table with a chair at each long side, off the middle so that there is room to walk."""
    asset = a.choose("dining table")
    for _ in range(40):
        size = a.draw_size(asset)
        yaw = float(a.rng.choice([0.0, 90.0]))
        across, deep = (size[0], size[1]) if yaw == 0 else (size[1], size[0])
        reach = np.array([a.room.width - across, a.room.depth - deep]) / 2 - 0.75
        spot = a.rng.choice([-1, 1], 2) * a.rng.uniform(0.7, 1.0, 2) * np.maximum(reach, 0)
        table = a.put(asset, size, (*spot, 0.0), yaw, 0.15)
        if table is None:
            continue
        for thing in (_one_of(a, "fruit bowl", "vase"), "bowl", "mug"):
            a.on_top(table, thing)
        for side in (0.0, 180.0):
            local = np.array([0.0, -(size[1] / 2 + 0.3)]) * (1.0 if side == 0 else -1.0)
            chair = a.choose("chair")
            a.put(chair, a.draw_size(chair), (*a.outward(table, local), 0.0), yaw + side + 180, 0.005)
        return


def _furnish_bathroom(a: Arrangement) -> None:
    tub = a.against_wall("bathtub", must=True)
    basin = a.against_wall("washbasin", must=True)
    a.against_wall("toilet", must=True)
    assert tub is not None and basin is not None
    mirror = a.choose("mirror")
    size = a.draw_size(mirror)
    wall: Wall = next(w for w, yaw in WALL_YAW.items() if (yaw - basin.yaw) % 360 == 0)
    local = np.array([0.0, (basin.size[1] + 2 * GAP_M - size[1]) / 2])
    a.put(mirror, size, (*a.outward(basin, local), 1.2), WALL_YAW[wall], 0.004)
    if dresser := a.against_wall("dresser"):
        for thing in ("small plant", "vase", "tissue box", "wooden chest"):
            a.on_top(dresser, thing, upright=False)
    for _ in _several(a, 1, 2):
        a.on_wall("towel rack", (0.9, 1.3))
    for thing in ("laundry basket", "trash bin", "stool", "potted plant", "storage box"):
        if a.rng.random() < 0.75:
            a.freely(thing)
    a.on_wall("wall shelf", (1.4, 1.7))
    _decorate(a, (3, 5))


_FURNISH = {
    "bedroom": _furnish_bedroom,
    "living_room": _furnish_living_room,
    "kitchen": _furnish_kitchen,
    "bathroom": _furnish_bathroom,
}
