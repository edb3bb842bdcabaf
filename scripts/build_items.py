"""Make the items of one setting and split from all of its shards."""

from __future__ import annotations

from spacenum.core.lookup import Lookup
from spacenum.core.provenance import read_jsonl, write_jsonl
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.frames.records import FAMILY, FrameRecord, each_frame
from spacenum.items.build import build_items
from spacenum.items.settings import ItemsParams
from spacenum.scenes.spec import SCENE, LayoutScene


def items_of_setting(
    params: ItemsParams, *, families: Inputs, shard_frames: Inputs, scenes: Inputs, items_file: Output, frames: Output
) -> None:
    known = [family for path in families for family in read_jsonl(path, FAMILY)]
    by_id = Lookup(shard_frames, FrameRecord, lambda frame: frame.id)
    drawn = [scene for path in scenes for scene in read_jsonl(path, SCENE)]
    layouts = {scene.id: scene for scene in drawn if isinstance(scene, LayoutScene)}
    write_jsonl(frames, each_frame(shard_frames))
    write_jsonl(items_file, build_items(params.setting, params.split, known, by_id, layouts, params.sizes, params.seed))


if __name__ == "__main__":
    run_stage(items_of_setting)
