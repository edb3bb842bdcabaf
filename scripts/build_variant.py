"""Make one variant's items of one setting from the base items, with the pictures that they show."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.progress import Progress
from spacenum.core.provenance import atomic_folder, read_jsonl, write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import ITEM
from spacenum.variants.build import base_images, chosen, draw_pictures, rendered_pictures, variant_items
from spacenum.variants.catalogue import variant
from spacenum.variants.settings import VariantParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True, help="the base items")
    cli.add_argument("--frames", type=Path, nargs="*", default=[], help="frames.jsonl of every base shard")
    cli.add_argument("--rendered", type=Path, nargs="*", default=[], help="the same of the variant's own render")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, VariantParams)
    kind, folder = variant(job.variant), args.out.with_suffix(".images")
    if job.setting not in kind.settings:
        raise SpaceNumError(
            f"variant '{job.variant}' is of {' and '.join(kind.settings)} items; there is none of {job.setting}"
        )
    pairs = chosen(kind, read_jsonl(args.items, ITEM))
    images = base_images([base for base, _ in pairs])
    frames = {frame.image: frame for path in args.frames for frame in read_jsonl(path, FrameRecord)}
    with atomic_folder(folder) as drawn:
        if kind.scene:
            rendered = {frame.id: frame for path in args.rendered for frame in read_jsonl(path, FrameRecord)}
            pictures = rendered_pictures(images, frames, rendered)
        else:
            progress = Progress(f"variant {job.variant} {job.setting}, pictures", len(images))
            pictures = draw_pictures(kind, images, frames, drawn, folder, progress.step)
    records = args.out.with_suffix(".frames.jsonl")
    write_jsonl(records, pictures.frames)
    write_jsonl(args.out, variant_items(job.variant, kind, pairs, pictures))
    leave_meta("variant", args, VariantParams, [args.items, *args.frames, *args.rendered], [args.out, records])


if __name__ == "__main__":
    run_script(main)
