"""Check the items of one setting against their frames, and report the counts of each cell and letter."""

from __future__ import annotations

import json
from dataclasses import asdict

from spacenum.core.lookup import Lookup, Records
from spacenum.core.provenance import write_text
from spacenum.core.stage import Input, Inputs, Output, run_stage
from spacenum.frames.records import FrameRecord
from spacenum.items.checks import Checks, check_sizes, report
from spacenum.items.leaks import refuse_leaks
from spacenum.items.numbers import DECIMAL
from spacenum.items.schema import ITEM
from spacenum.items.settings import ChecksParams
from spacenum.variants.catalogue import variant


def check_items(params: ChecksParams, *, items_file: Input, frames: Inputs, checks: Output) -> None:
    built = Records(items_file, ITEM)
    if params.sizes:
        check_sizes(built, params.setting, params.sizes, items_file)
    by_image = Lookup(frames, FrameRecord, lambda frame: frame.image)
    kind = variant(params.variant) if params.variant != "base" else None
    skips, notation = (kind.skips, kind.notation) if kind else ({}, DECIMAL)
    Checks(by_image, params.controls, params.uneven_magnitudes, skips, notation).check(built)
    told = report(built, len(by_image)) | ({"changes": kind.changes, "skipped": dict(kind.skips)} if kind else {})
    if kind is None and params.split == "benchmark":
        leaks = refuse_leaks(built, params.seed)
        told["leaks"] = asdict(leaks) if leaks else None
    write_text(checks, json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    run_stage(check_items)
