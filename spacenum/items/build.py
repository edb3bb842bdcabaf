"""All items of one setting and split, from what the shards captured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from spacenum.core.errors import SpaceNumError
from spacenum.frames.plan import OPTIONS
from spacenum.frames.records import FrameRecord, LayoutFamily, TransitionFamily
from spacenum.geometry.poses import DIRECTIONS
from spacenum.items.families import AnyFamily, OptionOrders, cut, distinct, scene_key, without_repeats
from spacenum.items.layout import layout_items
from spacenum.items.prompts import Prompts
from spacenum.items.schema import Cell, Item, Setting, cells_of
from spacenum.items.selection import most_rooms, select_even
from spacenum.items.settings import SplitItems, cell_size
from spacenum.items.transition import transition_items
from spacenum.scenes.spec import LayoutScene, Split
from spacenum.simulators.base import DOUBLE

REMEDY = (
    "raise 'scenes.{setting}.{split}' or lower 'items.{split}' in the config; "
    "coverage.csv of each shard says what was rejected"
)


def build_items(
    setting: Setting,
    split: Split,
    families: Sequence[AnyFamily],
    frames: Mapping[str, FrameRecord],
    scenes: Mapping[str, LayoutScene],
    sizes: SplitItems,
    seed: int,
) -> list[Item]:
    """The items of every cell of ``setting``, in the cells' order; frames by id, scenes (of layouts) by id.

    Raises SpaceNumError if a cell can't be filled.
    """
    refuse_doubles(frames.values())
    prompts, orders = Prompts(), OptionOrders(seed)
    by_cell: dict[str, list[list[Item]]] = defaultdict(list)
    ordered = distinct(without_repeats(over_scenes(families)))
    for family in _chosen(ordered, sizes) if split == "benchmark" else ordered:
        for items in _item_families(family, frames, scenes, split, orders, prompts):
            by_cell[items[0].cell].append(items)
    remedy = REMEDY.format(setting=setting, split=split)
    wanted = [(cell, cell_size(cell, sizes)) for cell in cells_of(setting)]
    return [item for cell, size in wanted for item in cut(cell, by_cell[cell], size, remedy)]


def over_scenes(families: Sequence[AnyFamily]) -> list[AnyFamily]:
    """The first family of every scene (and of every group in it), then the second of each, so that a smaller cell is
    still spread over scenes."""
    seen: Counter[tuple[str, str]] = Counter()
    rounds: list[tuple[int, AnyFamily]] = []
    for family in sorted(families, key=lambda f: (*scene_key(f.scene), f.id)):
        key = (family.scene, family.group if isinstance(family, TransitionFamily) else "")
        rounds.append((seen[key], family))
        seen[key] += 1
    return [family for _, family in sorted(rounds, key=lambda one: one[0])]


def _chosen(families: Sequence[AnyFamily], sizes: SplitItems) -> list[AnyFamily]:
    """Layouts as they are; of each group's transitions, as many as its cells need, their magnitudes covered alike.
    families: with ids that are theirs alone."""
    chosen = {f.id for f in families if isinstance(f, LayoutFamily)}
    for group in DIRECTIONS:
        of_group = [f for f in families if isinstance(f, TransitionFamily) and f.group == group]
        needed = -(-cell_size(Cell("transition", "num2space", group).name, sizes) // OPTIONS)
        taken = select_even(of_group, group, needed)
        _refuse_fewer_rooms(taken, most_rooms(of_group, group, needed))
        chosen |= {family.id for family in taken}
    return [family for family in families if family.id in chosen]


def _refuse_fewer_rooms(chosen: Sequence[TransitionFamily], most: int) -> None:
    """SpaceNumError if a cell's families come from fewer rooms than they could: intervals count rooms."""
    rooms = len({family.scene for family in chosen})
    if rooms < most:
        raise SpaceNumError(f"{chosen[0].group}: its families come from {rooms} rooms, where {most} could take part")


def refuse_doubles(frames: Iterable[FrameRecord]) -> None:
    """SpaceNumError if a frame was made by a stand-in for an engine: such pictures are for tests of code only."""
    for frame in frames:
        if frame.simulator.endswith(DOUBLE):
            raise SpaceNumError(
                f"{frame.image}: its simulator is '{frame.simulator}', a stand-in for testing; no items are built from "
                "its frames, so delete them and run the real engine"
            )


def _item_families(
    family: AnyFamily,
    frames: Mapping[str, FrameRecord],
    scenes: Mapping[str, LayoutScene],
    split: Split,
    orders: OptionOrders,
    prompts: Prompts,
) -> Iterable[list[Item]]:
    if isinstance(family, TransitionFamily):
        return [list(items) for items in transition_items(family, frames, split, orders, prompts).values()]
    return [list(items) for _, _, items in layout_items(family, scenes[family.scene], frames, orders, prompts)]
