"""Draw the picture that shows what the benchmark asks, from the first items of two cells."""

from __future__ import annotations

from paper_figures.teaser import LAYOUT, TRANSITION, first_item, write_figure
from spacenum.core.blocks import NoParams
from spacenum.core.provenance import each_of_jsonl
from spacenum.core.stage import Input, Output, run_stage
from spacenum.items.schema import ITEM


def draw_teaser(params: NoParams, *, transition: Input, layout: Input, csv: Output, pdf: Output, png: Output) -> None:
    first = first_item(each_of_jsonl(transition, ITEM), TRANSITION)
    write_figure(csv.with_suffix(""), first, first_item(each_of_jsonl(layout, ITEM), LAYOUT))


if __name__ == "__main__":
    run_stage(draw_teaser)
