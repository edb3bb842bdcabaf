"""Make the items of an external benchmark under one protocol, and a report of what they are."""

from __future__ import annotations

from spacenum.core.provenance import read_jsonl, write_jsonl, write_text
from spacenum.core.stage import Input, Output, run_stage
from spacenum.external.base import PROTOCOLS, ExternalQuestion
from spacenum.external.items import ExternalItems, report
from spacenum.external.settings import ExternalItemsParams


def build_external(params: ExternalItemsParams, *, questions: Input, items_file: Output, checks: Output) -> None:
    maker = ExternalItems(params.variant, PROTOCOLS[params.protocol], params.seed, params.preface)
    made = maker.items(read_jsonl(questions, ExternalQuestion))
    write_text(checks, report(made))
    write_jsonl(items_file, made)


if __name__ == "__main__":
    run_stage(build_external)
