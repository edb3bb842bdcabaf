"""Make the items of an external benchmark under one protocol, and a report of what they are."""

from __future__ import annotations

from spacenum.core.provenance import read_jsonl, write_jsonl, write_text
from spacenum.core.stage import Input, Inputs, Output, run_stage
from spacenum.external.base import PROTOCOLS, ExternalQuestion
from spacenum.external.catalogue import benchmark
from spacenum.external.items import ExternalItems, report
from spacenum.external.official import read_prompt
from spacenum.external.settings import ExternalItemsParams


def build_external(
    params: ExternalItemsParams, *, questions: Input, prompts: Inputs, items_file: Output, checks: Output
) -> None:
    protocol, known = PROTOCOLS[params.protocol], benchmark(params.benchmark).prompt
    official = read_prompt(prompts[0], known) if protocol.official and known else None
    maker = ExternalItems(params.variant, protocol, params.seed, params.preface, official)
    made = maker.items(read_jsonl(questions, ExternalQuestion))
    write_text(checks, report(made))
    write_jsonl(items_file, made)


if __name__ == "__main__":
    run_stage(build_external)
