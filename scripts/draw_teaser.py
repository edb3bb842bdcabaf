"""Draw the picture that shows what the benchmark asks, from the first items of two cells."""

from __future__ import annotations

from pathlib import Path

from paper_figures.teaser import first_item, write_figure
from spacenum.core.blocks import NoParams
from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import leave_meta, parser
from spacenum.items.schema import ITEM

TRANSITION, LAYOUT = "transition.num2space.rotate_left_right", "layout.num2space.2d.room"


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--transition", type=Path, required=True, help="items")
    cli.add_argument("--layout", type=Path, required=True, help="items")
    cli.add_argument("--out", type=Path, required=True, help="the CSV; .pdf and .png go beside it")
    args = cli.parse_args()
    items = [
        first_item(read_jsonl(path, ITEM), cell)
        for path, cell in ((args.transition, TRANSITION), (args.layout, LAYOUT))
    ]
    write_figure(args.out.with_suffix(""), items[0], items[1])
    outputs = [args.out, args.out.with_suffix(".pdf"), args.out.with_suffix(".png")]
    leave_meta("teaser", args, NoParams, [args.transition, args.layout], outputs)


if __name__ == "__main__":
    run_script(main)
