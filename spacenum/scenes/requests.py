"""The scenes of a study: ids, numbers and seeds, which follow from the config's counts and seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from spacenum.core.provenance import stable_hash
from spacenum.scenes.settings import LayoutScenes, RoomScenes, SceneRequest
from spacenum.scenes.spec import RoomKind, Scale, Split, Variation

ROOM_KINDS: tuple[RoomKind, ...] = get_args(RoomKind)
SCALES: tuple[Scale, ...] = get_args(Scale)
VARIATIONS: tuple[Variation, ...] = get_args(Variation)


def room_requests(split: Split, counts: RoomScenes, seed: int, seeds: Mapping[str, int]) -> list[SceneRequest]:
    """All rooms of a split, in the order of their numbers. seeds: those that the config
    gives to single scenes, by id."""
    requests = [
        _request("transition", split, kind, k, k * len(ROOM_KINDS) + place, None, seed, seeds)
        for place, kind in enumerate(ROOM_KINDS)
        for k in range(getattr(counts, kind))
    ]
    return sorted(requests, key=lambda request: request.number)


def layout_requests(split: Split, counts: LayoutScenes, seed: int, seeds: Mapping[str, int]) -> list[SceneRequest]:
    """The same for layouts: every third varies position, size, and both."""
    requests = [
        _request("layout", split, scale, k, k * len(SCALES) + place, VARIATIONS[k % 3], seed, seeds)
        for place, scale in enumerate(SCALES)
        for k in range(getattr(counts, scale))
    ]
    return sorted(requests, key=lambda request: request.number)


def room_number(scene: str) -> int:
    """The number of the room with this id, '<split>-<kind>-<k>': its place among its split's."""
    _, kind, k = scene.split("-")
    return int(k) * len(ROOM_KINDS) + [*ROOM_KINDS].index(kind)  # type: ignore[arg-type]


def _request(
    setting: str,
    split: Split,
    kind: RoomKind | Scale,
    k: int,
    number: int,
    variation: Variation | None,
    seed: int,
    seeds: Mapping[str, int],
) -> SceneRequest:
    name = f"{split}-{kind}-{k:03d}"
    own = stable_hash(f"{seed}/{setting}/{name}") % 2**31
    return SceneRequest(id=name, split=split, kind=kind, variation=variation, seed=seeds.get(name, own), number=number)
