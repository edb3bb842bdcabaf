"""Rooms that AI2-THOR brings: iTHOR's 120 floor plans, 30 of each kind, split so that no room is in both splits."""

from __future__ import annotations

from spacenum.scenes.assets.manifest import Pack
from spacenum.scenes.settings import MOST_SCENES, SceneRequest, ScenesParams
from spacenum.scenes.spec import IthorScene, RoomKind, Split

FIRST_PLAN: dict[RoomKind, int] = {"kitchen": 1, "living_room": 201, "bedroom": 301, "bathroom": 401}


def floor_plan(kind: RoomKind, split: Split, index: int) -> str:
    """The scene's name in AI2-THOR: training takes plans from the first up, the benchmark from the last down.

    That keeps to iTHOR's own split, whose last five plans of a kind are for testing,
    for as long as a study needs no more.
    """
    first, count = FIRST_PLAN[kind], MOST_SCENES["ithor"]
    return f"FloorPlan{first + index if split == 'train' else first + count - 1 - index}"


def draw(request: SceneRequest, params: ScenesParams, pack: Pack) -> IthorScene:
    """The room of a request; its seed draws start poses, and nothing of the room itself."""
    kind: RoomKind = request.kind  # type: ignore[assignment]
    plan = floor_plan(kind, request.split, request.number // len(FIRST_PLAN))
    return IthorScene(id=request.id, split=request.split, seed=request.seed, kind=kind, floor_plan=plan)
