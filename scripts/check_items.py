"""Check a build of items against its frames; fail, naming the item, or write what was checked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl, write_text
from spacenum.core.stage import leave_meta, params, parser
from spacenum.frames.records import FrameRecord
from spacenum.items.checks import Checks, uneven_cells
from spacenum.items.numbers import DECIMAL
from spacenum.items.schema import ITEM
from spacenum.items.settings import ChecksParams
from spacenum.variants.catalogue import variant


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--frames", type=Path, nargs="*", default=[])
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, ChecksParams)
    items = read_jsonl(args.items, ITEM)
    frames = {frame.image: frame for path in args.frames for frame in read_jsonl(path, FrameRecord)}
    kind = variant(job.variant) if job.variant != "base" else None
    skips, notation = (kind.skips, kind.notation) if kind else ({}, DECIMAL)
    Checks(frames, job.controls, job.uneven_magnitudes, skips, notation).check(items)
    counts = {
        cell: {"items": n, "letters": dict(sorted(Counter(i.answer for i in items if i.cell == cell).items()))}
        for cell, n in Counter(item.cell for item in items).items()
    }
    report = {"items": len(items), "images": len(frames), "cells": counts, "uneven_magnitudes": uneven_cells(items)}
    report |= {"changes": kind.changes, "skipped": dict(kind.skips)} if kind else {}
    write_text(args.out, json.dumps(report, indent=1) + "\n")
    leave_meta("checks", args, ChecksParams, [args.items, *args.frames], [args.out])


if __name__ == "__main__":
    run_script(main)
