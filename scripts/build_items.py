"""Make the items of one setting and split from all of its shards."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl, write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.frames.records import FAMILY, FrameRecord
from spacenum.items.build import build_items
from spacenum.items.settings import ItemsParams
from spacenum.scenes.spec import SCENE, LayoutScene


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--families", type=Path, nargs="*", default=[])
    cli.add_argument("--frames", type=Path, nargs="*", default=[])
    cli.add_argument("--scenes", type=Path, nargs="*", default=[])
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, ItemsParams)
    families = [family for path in args.families for family in read_jsonl(path, FAMILY)]
    frames = {frame.id: frame for path in args.frames for frame in read_jsonl(path, FrameRecord)}
    scenes = [scene for path in args.scenes for scene in read_jsonl(path, SCENE)]
    layouts = {scene.id: scene for scene in scenes if isinstance(scene, LayoutScene)}
    items = build_items(job.setting, job.split, families, frames, layouts, job.sizes, job.seed)
    write_jsonl(args.out, items)
    leave_meta("items", args, ItemsParams, [*args.families, *args.frames, *args.scenes], [args.out])


if __name__ == "__main__":
    run_script(main)
