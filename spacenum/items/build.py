"""All items of one setting and split, from what the shards captured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from spacenum.core.errors import SpaceNumError
from spacenum.frames.plan import OPTIONS
from spacenum.frames.records import FrameRecord, LayoutFamily, TransitionFamily
from spacenum.geometry.poses import DIRECTIONS
from spacenum.items.families import OptionOrders, cut, distinct, scene_key
from spacenum.items.layout import layout_items
from spacenum.items.prompts import Prompts
from spacenum.items.schema import Cell, Item, Setting, cells_of
from spacenum.items.selection import select_even
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
    families: Sequence[TransitionFamily | LayoutFamily],
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
    ordered = distinct(sorted(families, key=lambda f: (*scene_key(f.scene), f.id)))
    for family in _chosen(ordered, sizes) if split == "benchmark" else ordered:
        for items in _item_families(family, frames, scenes, split, orders, prompts):
            by_cell[items[0].cell].append(items)
    remedy = REMEDY.format(setting=setting, split=split)
    wanted = [(cell, cell_size(cell, sizes)) for cell in cells_of(setting)]
    return [item for cell, size in wanted for item in cut(cell, by_cell[cell], size, remedy)]


def _chosen(
    families: Sequence[TransitionFamily | LayoutFamily], sizes: SplitItems
) -> list[TransitionFamily | LayoutFamily]:
    """Layouts as they are; of each group's transitions, as many as its cells need, their magnitudes covered alike."""
    chosen: list[TransitionFamily | LayoutFamily] = [f for f in families if isinstance(f, LayoutFamily)]
    for group in DIRECTIONS:
        of_group = [f for f in families if isinstance(f, TransitionFamily) and f.group == group]
        needed = -(-cell_size(Cell("transition", "num2space", group).name, sizes) // OPTIONS)
        chosen += select_even(of_group, group, needed)
    return [family for family in families if family in chosen]


def refuse_doubles(frames: Iterable[FrameRecord]) -> None:
    """SpaceNumError if a frame was made by a stand-in for an engine: such pictures are for tests of code only."""
    for frame in frames:
        if frame.simulator.endswith(DOUBLE):
            raise SpaceNumError(
                f"{frame.image}: its simulator is '{frame.simulator}', a stand-in for testing; no items are built from "
                "its frames, so delete them and run the real engine"
            )


def _item_families(
    family: TransitionFamily | LayoutFamily,
    frames: Mapping[str, FrameRecord],
    scenes: Mapping[str, LayoutScene],
    split: Split,
    orders: OptionOrders,
    prompts: Prompts,
) -> Iterable[list[Item]]:
    if isinstance(family, TransitionFamily):
        return [list(items) for items in transition_items(family, frames, split, orders, prompts).values()]
    return [list(items) for _, _, items in layout_items(family, scenes[family.scene], frames, orders, prompts)]
