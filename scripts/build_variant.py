"""Make one variant's items of one setting from the base items, with the pictures that they show."""

from __future__ import annotations

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import read_jsonl, write_jsonl
from spacenum.core.stage import Input, Inputs, Output, OutputFolder, run_stage
from spacenum.frames.records import read_frames
from spacenum.items.schema import ITEM
from spacenum.variants.build import chosen, pictures_of, variant_items
from spacenum.variants.catalogue import variant
from spacenum.variants.settings import VariantParams


def build_variant(
    params: VariantParams,
    *,
    base: Input,
    checks: Input,
    base_frames: Inputs,
    rendered: Inputs,
    items_file: Output,
    frames: Output,
    images: OutputFolder,
) -> None:
    kind = variant(params.variant)
    if params.setting not in kind.settings:
        of = " and ".join(kind.settings)
        raise SpaceNumError(f"variant '{params.variant}' is of {of} items; there is none of {params.setting}")
    by_image = {frame.image: frame for frame in read_frames(base_frames)}
    pairs = chosen(kind, read_jsonl(base, ITEM), by_image, params.families)
    label = f"variant {params.variant} {params.setting}, pictures"
    pictures = pictures_of(kind, pairs, by_image, read_frames(rendered), images, label)
    write_jsonl(frames, pictures.frames)
    write_jsonl(items_file, variant_items(params.variant, kind, pairs, pictures))


if __name__ == "__main__":
    run_stage(build_variant)
