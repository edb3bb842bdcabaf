"""Make the items of an external benchmark under one protocol, and a report of what they are."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl, write_jsonl, write_text
from spacenum.core.stage import leave_meta, params, parser
from spacenum.external.base import PROTOCOLS, ExternalQuestion
from spacenum.external.items import ExternalItems, report
from spacenum.external.settings import ExternalItemsParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--questions", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, ExternalItemsParams)
    maker = ExternalItems(job.variant, PROTOCOLS[job.protocol], job.seed, job.preface)
    items = maker.items(read_jsonl(args.questions, ExternalQuestion))
    checks = args.out.with_suffix(".checks.json")
    write_text(checks, report(items))
    write_jsonl(args.out, items)
    leave_meta("external_items", args, ExternalItemsParams, [args.questions], [args.out, checks])


if __name__ == "__main__":
    run_script(main)
